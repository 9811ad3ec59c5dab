import { isDeepStrictEqual } from 'node:util'
import { MongoServerError, type Db, type IndexDescriptionInfo } from 'mongodb'
import { StoreUnavailable, WorkFault } from '../errors.ts'
import { DUPLICATE_KEY } from './mongo-database.ts'
import { GUARDS, REQUIRED, type WantedIndex } from './mongo-index-list.ts'

/** IndexOptionsConflict and IndexKeySpecsConflict. */
const KEYS_TAKEN = 85
const NAME_TAKEN = 86
const NO_SUCH_COLLECTION = 26

/** Whether every required index exists, under any name. */
export async function hasRequiredIndexes(db: Db): Promise<boolean> {
  const present = await listIndexes(db, REQUIRED)
  return REQUIRED.every((wanted) => findSame(wanted, present) !== undefined)
}

/**
 * Creates missing indexes; MongoDB builds them in the background. Throws one `WorkFault` naming every document and index
 * in the way of required indexes; returns the same sentences for guards.
 */
export async function createIndexes(db: Db): Promise<string[]> {
  const obstacles = await createAll(db, REQUIRED)
  if (obstacles.length > 0) throw new WorkFault(obstacles.join('; '))
  return await createAll(db, GUARDS)
}

/** Creates these and returns what is in the way of any. */
async function createAll(db: Db, indexes: readonly WantedIndex[]): Promise<string[]> {
  const present = await listIndexes(db, indexes)
  const obstacles = await Promise.all(indexes.map((wanted) => create(db, wanted, present)))
  return obstacles.filter((obstacle) => obstacle !== null)
}

type Present = ReadonlyMap<string, readonly IndexDescriptionInfo[]>

async function listIndexes(db: Db, indexes: readonly WantedIndex[]): Promise<Present> {
  const names = [...new Set(indexes.map(({ collection }) => collection))]
  const read = async (collection: string): Promise<IndexDescriptionInfo[]> => {
    try {
      return await db.collection(collection).listIndexes().toArray()
    } catch (error) {
      if (error instanceof MongoServerError && error.code === NO_SUCH_COLLECTION) return []
      throw error
    }
  }
  return new Map(await Promise.all(names.map(async (name) => [name, await read(name)] as const)))
}

const nameOf = ({ name, keys }: WantedIndex): string => name ?? Object.entries(keys).flat().join('_')

/** Creates an index. Returns what is in the way, or null once it exists. */
async function create(db: Db, wanted: WantedIndex, present: Present): Promise<string | null> {
  const { collection, keys, options } = wanted
  const name = nameOf(wanted)
  try {
    const same = findSame(wanted, present)
    // An existing one may still be building: creating it again waits for that.
    if (same !== undefined) await db.command({ createIndexes: collection, indexes: [same] })
    else await db.collection(collection).createIndex(keys, { ...options, name })
    return null
  } catch (error) {
    if (!(error instanceof MongoServerError)) throw error
    const because = await obstacleOf(db, wanted, error, present)
    if (because === null) throw new StoreUnavailable(`creating index ${name} of ${collection}`, error)
    return `Index ${name} of ${collection} cannot be made: ${because}`
  }
}

async function obstacleOf(
  db: Db,
  wanted: WantedIndex,
  { code }: MongoServerError,
  present: Present,
): Promise<string | null> {
  if (code === DUPLICATE_KEY) return (await findClashes(db, wanted)).join('; ')
  if (code !== KEYS_TAKEN && code !== NAME_TAKEN) return null
  const others = present.get(wanted.collection) ?? []
  const other =
    others.find(({ key }) => sameKeys(key, wanted)) ?? others.find(({ name }) => name === nameOf(wanted))
  const otherName = other?.name ?? nameOf(wanted)
  const difference =
    other === undefined || sameKeys(other.key, wanted)
      ? 'has the same keys but other options'
      : `has other keys (${JSON.stringify(other.key)})`
  return (
    `the index ${otherName} ${difference}. Remove it with ` +
    `db.${wanted.collection}.dropIndex("${otherName}"), and the ingest creates its own`
  )
}

/** An existing index that serves as the wanted one, under any name. */
const findSame = (wanted: WantedIndex, present: Present): IndexDescriptionInfo | undefined =>
  present.get(wanted.collection)?.find((index) => doesWork(index, wanted))

function doesWork(index: IndexDescriptionInfo, wanted: WantedIndex): boolean {
  const { unique = false, partialFilterExpression, collation } = wanted.options ?? {}
  const filter = index['partialFilterExpression'] as unknown
  return (
    sameKeys(index.key, wanted) &&
    (index.unique === true || !unique) &&
    // Without a filter it covers all documents.
    (filter === undefined || isDeepStrictEqual(filter, partialFilterExpression)) &&
    // A case-insensitive unique index refuses more, a case-sensitive one less.
    sameCollation(index['collation'], collation) &&
    index.sparse !== true &&
    index['hidden'] !== true
  )
}

const sameKeys = (key: IndexDescriptionInfo['key'], { keys }: WantedIndex): boolean =>
  isDeepStrictEqual(Object.entries(key), Object.entries(keys))

type Collation = { readonly locale?: string; readonly strength?: number } | undefined

const sameCollation = (one: Collation, other: Collation): boolean =>
  (one?.locale ?? 'simple') === (other?.locale ?? 'simple') && one?.strength === other?.strength

const MAX_CLASHES = 5

/** Which documents have the same key, as `_id`s to look them up by. */
async function findClashes(db: Db, { collection, keys, options }: WantedIndex): Promise<string[]> {
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
