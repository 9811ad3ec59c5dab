import { MongoServerError, type CreateIndexesOptions, type Db, type IndexSpecification } from 'mongodb'
import { WorkFault } from '../errors.ts'
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
  ['bench_discovery_runs', 'by_provider', { provider: 1, finished_at: -1 }],
  ['api_keys', 'one_row_per_digest', { digest: 1 }, { unique: true }],
  ['models', 'by_provider', { provider: 1 }],
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

/**
 * Creates what is missing; MongoDB builds in the background, and one that is there costs nothing. Throws `WorkFault`
 * where documents are in the way of a required index, naming them; says which guards could not be put up.
 */
export async function createIndexes(db: Db): Promise<string[]> {
  await Promise.all(REQUIRED.map((index) => create(db, index)))
  const problems: string[] = []
  for (const index of GUARDS) {
    try {
      await create(db, index)
    } catch (error) {
      if (!(error instanceof WorkFault)) throw error
      problems.push(error.message)
    }
  }
  return problems
}

async function create(db: Db, index: Index): Promise<void> {
  const [collection, name, keys, options] = index
  try {
    await db.collection(collection).createIndex(keys, { ...options, name })
  } catch (error) {
    if (!(error instanceof MongoServerError && error.code === DUPLICATE_KEY)) throw error
    const clashes = await findClashes(db, index)
    throw new WorkFault(`Index ${name} of ${collection} cannot be made: ${clashes.join('; ')}`)
  }
}

const MAX_CLASHES = 5

/** Which documents have the same key, as `_id`s to look them up by. */
async function findClashes(db: Db, [collection, , keys, options]: Index): Promise<string[]> {
  const fields = Object.keys(keys)
  const key = Object.fromEntries(fields.map((field) => [field, `$${field}`]))
  const group = { _id: key, ids: { $push: '$_id' }, count: { $sum: 1 } }
  const found = await db
    .collection(collection)
    .aggregate(
      [
        { $match: options?.partialFilterExpression ?? {} },
        { $group: group },
        { $match: { count: { $gt: 1 } } },
        { $limit: MAX_CLASHES },
      ],
      { allowDiskUse: true, ...(options?.collation ? { collation: options.collation } : {}) },
    )
    .toArray()
  return found.map(({ _id, ids }) => {
    const shown = fields.map((field) => `${field} ${JSON.stringify(_id[field])}`).join(', ')
    return `${shown} stands in the documents ${(ids as unknown[]).slice(0, MAX_CLASHES).map(String).join(', ')}`
  })
}
