import type { CreateIndexesOptions } from 'mongodb'
import { PUBLISHED, UNPUBLISHED } from './store.ts'

/** An index that the store needs; without a name it gets MongoDB's default name. */
export type WantedIndex = {
  readonly collection: string
  readonly keys: Readonly<Record<string, 1 | -1>>
  readonly name?: string
  readonly options?: CreateIndexesOptions
}

/**
 * An index for speed. It has MongoDB's default name, so that another program creating the same index finds it instead
 * of failing because of a second name.
 */
const plain = (collection: string, keys: WantedIndex['keys']): WantedIndex => ({ collection, keys })

/** A unique index over the documents that match `filter`. */
const unique = (
  collection: string,
  name: string,
  keys: WantedIndex['keys'],
  filter?: Readonly<Record<string, unknown>>,
): WantedIndex => ({
  collection,
  name,
  keys,
  options: { unique: true, ...(filter && { partialFilterExpression: { ...filter } }) },
})

const named = { provider: { $exists: true }, model_id: { $exists: true } }
const BY_MODEL_ID = { provider: 1, model_id: 1 } as const

const resultIndexes = (collection: string): WantedIndex[] => [
  plain(collection, { provider: 1, model_name: 1, run_ts: -1 }),
  plain(collection, { run_ts: -1 }),
  plain(collection, { received_at: 1 }),
  unique(collection, 'one_row_per_result', { result_id: 1 }, { result_id: { $exists: true } }),
]

/** What the store cannot do its work without, neither fast nor truthfully. */
export const REQUIRED: readonly WantedIndex[] = [
  ...resultIndexes(PUBLISHED),
  ...resultIndexes(UNPUBLISHED),
  plain('errors_cloud', { provider: 1, model_name: 1, ts: -1, error_kind: 1 }),
  plain('errors_cloud', { fingerprint: 1, ts: -1 }),
  plain('errors_cloud', { received_at: 1 }),
  unique('errors_cloud', 'one_row_per_attempt', { result_id: 1 }, { result_id: { $exists: true } }),
  unique('error_rollups', 'one_row_per_fingerprint', { fingerprint: 1 }, { fingerprint: { $exists: true } }),
  unique('provider_catalog', 'one_row_per_model', BY_MODEL_ID, named),
  plain('bench_discovery_runs', { provider: 1, finished_at: -1 }),
  unique('api_keys', 'one_row_per_digest', { digest: 1 }),
  plain('models', { provider: 1 }),
  plain('model_changes', { provider: 1, model_id: 1, at: -1 }),
]

const anyCase = unique('models', 'one_enabled_in_any_case', BY_MODEL_ID, { ...named, enabled: true })

/** Guards against what people may have written into the catalogue already: an alarm, not a reason to refuse results. */
export const GUARDS: readonly WantedIndex[] = [
  unique('models', 'one_row_per_model', BY_MODEL_ID, named),
  { ...anyCase, options: { ...anyCase.options, collation: { locale: 'en', strength: 2 } } },
]
