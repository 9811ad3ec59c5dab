import { parseInstant } from '../documents/instant.ts'
import { oddValue } from '../json/odd-values.ts'
import { modelName, type CatalogueDocument } from '../store/store.ts'

/**
 * What an entry means today. `enabled` counts only when exactly true, `deprecated` unless true; `probe`, a candidate,
 * only when exactly true. `recheck`: disabled, and the date is past after which it is to be looked at again.
 */
export type EntryState = 'enabled' | 'probe' | 'recheck' | 'disabled' | 'deprecated'

/** The state of an entry that people may have written by hand. */
export function stateOf(document: CatalogueDocument, now: Date): EntryState {
  if (document['deprecated'] === true) return 'deprecated'
  if (document['enabled'] === true) return 'enabled'
  if (document['probe'] === true) return 'probe'
  const recheckAfter = instantOf(document['recheck_after'])
  return recheckAfter !== null && recheckAfter <= now ? 'recheck' : 'disabled'
}

/** What tells one entry from another: the name of its model, whatever a person wrote there. */
export const modelKey = ({ provider, model_id: modelId }: CatalogueDocument): string =>
  modelName({ provider: String(provider), modelId: String(modelId) })

const DAY = /^\d{4}-\d{2}-\d{2}$/

/** A moment as a store hands it out or a person writes it: a date, its ISO text, or a day in UTC; null for all else. */
export function instantOf(value: unknown): Date | null {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value
  return parseInstant(typeof value === 'string' && DAY.test(value) ? `${value}T00:00:00Z` : value)
}

/** What the catalogue says of an entry itself; everything else on it is a quirk and goes to the runner. */
const ADMINISTRATIVE = new Set([
  '_id',
  'provider',
  'model_id',
  'display_name',
  'enabled',
  'deprecated',
  'successor',
  'created_at',
  'updated_at',
  'disabled_reason',
  'disabled_at',
  'disabled_class',
  'recheck_after',
  'recheck_since',
  'rechecked_at',
  'recheck_result',
  'probe',
  'probe_since',
  'probe_until',
  'promoted_at',
])

export const isAdministrative = (key: string): boolean => ADMINISTRATIVE.has(key)

/** The quirks of an entry, without nulls and without values that JSON cannot hold (`findOddModels` reports those). */
export const quirksOf = (document: CatalogueDocument): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(document).filter(
      ([key, value]) => !isAdministrative(key) && value != null && oddValue(value, key) === null,
    ),
  )

/** By code units: the order must not depend on the host's locale. */
export const compareText = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0)

/** The name people know it by, else its id. */
export const displayNameOf = (document: CatalogueDocument): string =>
  typeof document['display_name'] === 'string' ? document['display_name'] : String(document['model_id'])
