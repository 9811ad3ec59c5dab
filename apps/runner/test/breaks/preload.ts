/**
 * Loaded before the runner's own modules (`--import …/preload.ts?break=WAY`): whoever asks for the outbox or its file
 * gets the broken one beside this module. Nothing of it is in the product.
 */
import { registerHooks } from 'node:module'

const REPLACED = [
  ['/apps/runner/src/outbox/outbox.ts', new URL('./broken-outbox.ts', import.meta.url)],
  ['/apps/runner/src/outbox/database.ts', new URL('./broken-database.ts', import.meta.url)],
] as const
const way = new URL(import.meta.url).search

registerHooks({
  resolve: (specifier, context, next) => {
    const found = next(specifier, context)
    if (context.parentURL?.includes('/test/breaks/') === true) return found
    const replaced = REPLACED.find(([path]) => found.url.split('?')[0]?.endsWith(path))
    return replaced === undefined ? found : { ...found, url: replaced[1].href + way }
  },
})
