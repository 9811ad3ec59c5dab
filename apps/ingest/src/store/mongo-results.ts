import { ObjectId, type Collection, type Document } from 'mongodb'
import { objectIdHex } from '../documents/identity.ts'
import { insertEach } from './mongo-insert.ts'
import type { MongoDatabase } from './mongo-database.ts'
import {
  PUBLISHED,
  UNPUBLISHED,
  type ErrorRow,
  type ResultCollection,
  type ResultRow,
  type Store,
  type WriteVerdict,
} from './store.ts'

type ResultMethods = Pick<Store, 'writeResults' | 'recallResults' | 'writeErrors' | 'newestPublishedAt'>

/**
 * Results and errors in MongoDB. A unique index keeps an id single within a collection, but results lie in two: an id
 * is first claimed in `result_ids`, with its content and its collection, and only then written there. So a resend
 * finds its collection again, even if which profiles are published has changed meanwhile.
 */
export function mongoResults(database: MongoDatabase): ResultMethods {
  const claims = database.named('result_ids')
  const { guard } = database

  const writeClaimed = async (rows: readonly ResultRow[]): Promise<WriteVerdict[]> => {
    const claimed = await claim(claims, rows)
    const verdicts = claimed.map((found): WriteVerdict => (found === null ? 'undecided' : 'conflict'))
    for (const collection of [PUBLISHED, UNPUBLISHED] as const) {
      const indices = rows.flatMap((row, index) => {
        const found = claimed[index]
        return found?.contentSha256 === row.contentSha256 && found.collection === collection ? [index] : []
      })
      const written = await insertRows(
        database.rows(collection),
        indices.map((index) => rows[index]!),
      )
      indices.forEach((index, at) => {
        verdicts[index] = written[at]!
      })
    }
    return verdicts
  }

  return {
    writeResults: (rows) => guard('writing results', () => writeClaimed(rows)),
    recallResults: (rows) =>
      guard('looking for results', async () => {
        const ids = rows.map((row) => row.resultId)
        const [published, unpublished] = await Promise.all([
          readContents(database.rows(PUBLISHED), ids),
          readContents(database.rows(UNPUBLISHED), ids),
        ])
        return rows.map((row) => {
          const known = published.get(row.resultId) ?? unpublished.get(row.resultId)
          return known === undefined ? null : verdictOn(row, known)
        })
      }),
    writeErrors: (rows) => guard('writing errors', () => insertRows(database.rows('errors_cloud'), rows)),
    newestPublishedAt: () =>
      guard('reading the newest result', async () => {
        const options = { sort: { run_ts: -1 }, projection: { run_ts: 1 } } as const
        const newest = await database.rows(PUBLISHED).findOne({ run_ts: { $type: 'date' } }, options)
        return newest?.['run_ts'] instanceof Date ? newest['run_ts'] : null
      }),
  }
}

type Claim = { readonly contentSha256: string; readonly collection: ResultCollection }

/** What each id stands for, this row's content or another's; null where it cannot be said. */
async function claim(
  claims: Collection<Document & { _id: string }>,
  rows: readonly ResultRow[],
): Promise<(Claim | null)[]> {
  const outcomes = await insertEach(
    claims,
    rows.map((row) => ({
      _id: row.resultId,
      content_sha256: row.contentSha256,
      collection: row.collection,
      run_ts: row.at,
    })),
  )
  const taken = rows.filter((_, index) => outcomes[index] === 'taken').map((row) => row.resultId)
  const known = new Map<string, Claim>()
  if (taken.length > 0) {
    const found = claims.find({ _id: { $in: taken } }, { readConcern: { level: 'majority' } })
    for await (const document of found) {
      known.set(document['_id'], {
        contentSha256: String(document['content_sha256']),
        collection: document['collection'] as ResultCollection,
      })
    }
  }
  return rows.map((row, index) => {
    if (outcomes[index] === 'inserted') return row
    return outcomes[index] === 'taken' ? (known.get(row.resultId) ?? null) : null
  })
}

/** A refusal by the unique index is believed only once a majority read has seen the row that caused it. */
async function insertRows(
  collection: Collection<Document & { _id: ObjectId }>,
  rows: readonly (ResultRow | ErrorRow)[],
): Promise<WriteVerdict[]> {
  const outcomes = await insertEach(
    collection,
    rows.map((row) => ({ ...row.document, _id: new ObjectId(objectIdHex(row.at, row.resultId)) })),
  )
  const taken = rows.filter((_, index) => outcomes[index] === 'taken').map((row) => row.resultId)
  const contents = taken.length > 0 ? await readContents(collection, taken) : new Map<string, string>()
  return rows.map((row, index) => {
    if (outcomes[index] === 'inserted') return 'created'
    const known = outcomes[index] === 'taken' ? contents.get(row.resultId) : undefined
    return known === undefined ? 'undecided' : verdictOn(row, known)
  })
}

async function readContents(
  collection: Collection<Document & { _id: ObjectId }>,
  ids: readonly string[],
): Promise<Map<string, string>> {
  const contents = new Map<string, string>()
  const found = collection.find(
    { result_id: { $in: [...ids] } },
    { projection: { result_id: 1, content_sha256: 1 }, readConcern: { level: 'majority' } },
  )
  for await (const document of found) {
    contents.set(String(document['result_id']), String(document['content_sha256']))
  }
  return contents
}

const verdictOn = (row: ResultRow | ErrorRow, contentSha256: string): WriteVerdict =>
  row.contentSha256 === contentSha256 ? 'duplicate' : 'conflict'
