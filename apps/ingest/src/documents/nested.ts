import type { StoredValue } from '../store/store.ts'
import { isReservedKey } from './extras.ts'

const MAX_DEPTH = 12

export type Cleaned = { readonly value: StoredValue; readonly dropped: readonly string[] }

/**
 * A nested value of somebody else's making (a provider's own words, a runner's state) without the keys that a
 * database would take for operators or paths. Their names are told; everything else stays as it is.
 */
export function cleanNested(value: unknown): Cleaned {
  const dropped: string[] = []
  return { value: clean(value, '', 0, dropped), dropped }
}

function clean(value: unknown, path: string, depth: number, dropped: string[]): StoredValue {
  if (value === null || typeof value !== 'object') return value as StoredValue
  if (Array.isArray(value))
    return value.map((inner, index) => clean(inner, `${path}/${index}`, depth + 1, dropped))
  const kept: [string, StoredValue][] = []
  for (const [key, inner] of Object.entries(value)) {
    if (isStorableKey(key) && depth < MAX_DEPTH)
      kept.push([key, clean(inner, `${path}/${key}`, depth + 1, dropped)])
    else dropped.push(`${path}/${key}`.slice(0, 100))
  }
  return Object.fromEntries(kept)
}

const isStorableKey = (key: string): boolean =>
  key !== '' && !key.startsWith('$') && !/[.\0]/.test(key) && key.isWellFormed() && !isReservedKey(key)
