import { MongoServerError, type CreateIndexesOptions, type Db, type IndexSpecification } from 'mongodb'
import { DUPLICATE_KEY } from './mongo-database.ts'
import { PUBLISHED, UNPUBLISHED } from './store.ts'

type Index = readonly [
  collection: string,
  name: string,
  keys: IndexSpecification,
  options?: CreateIndexesOptions,
]

const where = (filter: Record<string, unknown>): CreateIndexesOptions => ({
  unique: true,
  partialFilterExpression: filter,
})
const named = { provider: { $exists: true }, model_id: { $exists: true } }

const resultIndexes = (collection: string): Index[] => [
  [collection, 'by_model', { provider: 1, model_name: 1, run_ts: -1 }],
  [collection, 'by_time', { run_ts: -1 }],
  [collection, 'by_arrival', { received_at: 1 }],
  [collection, 'one_row_per_result', { result_id: 1 }, where({ result_id: { $exists: true } })],
]

/** What the store cannot do its work without, neither fast nor truthfully. */
const REQUIRED: readonly Index[] = [
  ...resultIndexes(PUBLISHED),
  ...resultIndexes(UNPUBLISHED),
  ['errors_cloud', 'by_model', { provider: 1, model_name: 1, ts: -1, error_kind: 1 }],
  ['errors_cloud', 'by_fingerprint', { fingerprint: 1, ts: -1 }],
  ['errors_cloud', 'by_arrival', { received_at: 1 }],
  ['errors_cloud', 'one_row_per_attempt', { result_id: 1 }, where({ result_id: { $exists: true } })],
  ['error_rollups', 'one_row_per_fingerprint', { fingerprint: 1 }, where({ fingerprint: { $exists: true } })],
  ['provider_catalog', 'one_row_per_model', { provider: 1, model_id: 1 }, where(named)],
  ['api_keys', 'one_row_per_digest', { digest: 1 }, { unique: true }],
  ['model_changes', 'by_model', { provider: 1, model_id: 1, at: -1 }],
]

/** Guards against what people may have written into the catalogue already: an alarm, not a reason to refuse results. */
const GUARDS: readonly Index[] = [
  ['models', 'one_row_per_model', { provider: 1, model_id: 1 }, where(named)],
  [
    'models',
    'one_enabled_in_any_case',
    { provider: 1, model_id: 1 },
    { ...where({ ...named, enabled: true }), collation: { locale: 'en', strength: 2 } },
  ],
]

/** Creates what is missing. Throws where a required index cannot be; says which guards could not be put up. */
export async function createIndexes(db: Db): Promise<string[]> {
  await Promise.all(REQUIRED.map((index) => create(db, index)))
  const problems: string[] = []
  for (const index of GUARDS) {
    try {
      await create(db, index)
    } catch (error) {
      if (!(error instanceof MongoServerError && error.code === DUPLICATE_KEY)) throw error
      problems.push(`Index ${index[1]} of ${index[0]} cannot be made: the collection breaks its rule already`)
    }
  }
  return problems
}

const create = (db: Db, [collection, name, keys, options]: Index): Promise<string> =>
  db.collection(collection).createIndex(keys, { ...options, name })
