import { ObjectId, type Collection, type Document } from 'mongodb'
import { objectIdHex } from '../documents/identity.ts'
import { mongoClaims, type Claim } from './mongo-claims.ts'
import { insertEach } from './mongo-insert.ts'
import type { MongoDatabase } from './mongo-database.ts'
import { untilSeen } from './until-seen.ts'
import {
  PUBLISHED,
  UNPUBLISHED,
  type ErrorRow,
  type Identity,
  type ResultRow,
  type Store,
  type WriteVerdict,
} from './store.ts'

type ResultMethods = Pick<
  Store,
  'writeResults' | 'recallResults' | 'writeErrors' | 'recallErrors' | 'newestPublishedAt'
>

/**
 * Results and errors in MongoDB. A unique index keeps an id single within a collection, but results lie in two: an id
 * is first claimed in `result_ids`, with its content and its collection, and only then written there. So a resend
 * finds its collection again, even if which profiles are published has changed meanwhile.
 */
export function mongoResults(database: MongoDatabase): ResultMethods {
  const claims = mongoClaims(database)
  const { guard } = database

  const writeClaimed = async (
    rows: readonly ResultRow[],
    claimed: readonly (Claim | null)[],
  ): Promise<WriteVerdict[]> => {
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

  const write = async (rows: readonly ResultRow[]): Promise<WriteVerdict[]> => {
    const term = database.primaryTerm()
    const claimed = await claims.claim(rows)
    const verdicts = await writeClaimed(rows, claimed)
    if (database.primaryTerm() === term) return verdicts
    // The claims may have been lost with the primary that took them; the rows were taken by another.
    const again = await claims.claimForGood(rows)
    return verdicts.map((verdict, index) => {
      const held = again[index]
      const same =
        held != null &&
        held.contentSha256 === claimed[index]?.contentSha256 &&
        held.collection === claimed[index].collection
      return same ? verdict : 'undecided'
    })
  }

  const recall = async (
    documents: readonly Identity[],
    collections: readonly string[],
  ): Promise<(WriteVerdict | null)[]> => {
    if (documents.length === 0) return []
    const ids = documents.map((document) => document.resultId)
    const found = await Promise.all(collections.map((name) => readContents(database.rows(name), ids)))
    return documents.map((document) => {
      const known = found
        .map((contents) => contents.get(document.resultId))
        .find((each) => each !== undefined)
      return known === undefined ? null : verdictOn(document, known)
    })
  }

  return {
    writeResults: (rows) => guard('writing results', () => write(rows)),
    recallResults: (documents) =>
      guard('looking for results', () => recall(documents, [PUBLISHED, UNPUBLISHED])),
    recallErrors: (documents) => guard('looking for errors', () => recall(documents, ['errors_cloud'])),
    writeErrors: (rows) => guard('writing errors', () => insertRows(database.rows('errors_cloud'), rows)),
    newestPublishedAt: () =>
      guard('reading the newest result', async () => {
        const options = { sort: { run_ts: -1 }, projection: { run_ts: 1 } } as const
        const newest = await database.rows(PUBLISHED).findOne({ run_ts: { $type: 'date' } }, options)
        return newest?.['run_ts'] instanceof Date ? newest['run_ts'] : null
      }),
  }
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
  const taken = [
    ...new Set(rows.filter((_, index) => outcomes[index] === 'taken').map((row) => row.resultId)),
  ]
  const contents =
    taken.length === 0
      ? new Map<string, string>()
      : await untilSeen(
          () => readContents(collection, taken),
          (seen) => seen.size === taken.length,
        )
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

const verdictOn = (row: Identity, contentSha256: string): WriteVerdict =>
  row.contentSha256 === contentSha256 ? 'duplicate' : 'conflict'
