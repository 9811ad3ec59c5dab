/** Loaded before the ingest's own modules: its store answers before it writes. Nothing of it is in the product. */
import { registerHooks } from 'node:module'

const REAL = '/apps/ingest/src/store/create-store.ts'
const BROKEN = new URL('./early-store.ts', import.meta.url).href

registerHooks({
  resolve: (specifier, context, next) => {
    const found = next(specifier, context)
    const isAsked = found.url.split('?')[0]?.endsWith(REAL) === true && context.parentURL !== BROKEN
    return isAsked ? { ...found, url: BROKEN } : found
  },
})
