import { ObjectId, type Collection, type Document } from 'mongodb'
import { objectIdHex } from '../documents/identity.ts'
import { mongoClaims, type Claim } from './mongo-claims.ts'
import { insertEach, isRefusal, type InsertOutcome } from './mongo-insert.ts'
import { DUPLICATE_KEY, type MongoDatabase } from './mongo-database.ts'
import { untilSeen } from './until-seen.ts'
import {
  PUBLISHED,
  UNPUBLISHED,
  type ErrorRow,
  type Identity,
  type NoteTrouble,
  type Refusal,
  type ResultRow,
  type Store,
  type WriteOutcome,
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
export function mongoResults(database: MongoDatabase, note: NoteTrouble): ResultMethods {
  const claims = mongoClaims(database, note)
  const { guard } = database

  const writeClaimed = async (
    rows: readonly ResultRow[],
    claimed: readonly (Claim | Refusal | null)[],
  ): Promise<WriteOutcome[]> => {
    const outcomes = claimed.map((found): WriteOutcome => {
      if (found === null) return 'undecided'
      return isRefusal(found) ? found : 'conflict'
    })
    for (const collection of [PUBLISHED, UNPUBLISHED] as const) {
      const indices = rows.flatMap((row, index) => {
        const found = claimOf(claimed[index])
        return found?.contentSha256 === row.contentSha256 && found.collection === collection ? [index] : []
      })
      const written = await insertRows(
        database.rows(collection),
        indices.map((index) => rows[index]!),
        note,
      )
      indices.forEach((index, at) => {
        outcomes[index] = written[at]!
      })
    }
    return outcomes
  }

  const write = async (rows: readonly ResultRow[]): Promise<WriteOutcome[]> => {
    const term = database.primaryTerm()
    const claimed = await claims.claim(rows)
    const outcomes = await writeClaimed(rows, claimed)
    if (database.primaryTerm() === term) return outcomes
    // The claims may have been lost with the primary that took them; the rows were taken by another.
    const again = await claims.claimForGood(rows)
    return outcomes.map((outcome, index) => {
      const [held, before] = [claimOf(again[index]), claimOf(claimed[index])]
      const same =
        held !== null && held.contentSha256 === before?.contentSha256 && held.collection === before.collection
      return same ? outcome : 'undecided'
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
    writeErrors: (rows) =>
      guard('writing errors', () => insertRows(database.rows('errors_cloud'), rows, note)),
    newestPublishedAt: () =>
      guard('reading the newest result', async () => {
        const options = { sort: { run_ts: -1 }, projection: { run_ts: 1 } } as const
        const newest = await database.rows(PUBLISHED).findOne({ run_ts: { $type: 'date' } }, options)
        return newest?.['run_ts'] instanceof Date ? newest['run_ts'] : null
      }),
  }
}

const claimOf = (found: Claim | Refusal | null | undefined): Claim | null =>
  found == null || isRefusal(found) ? null : found

/** Inserts rows. What a unique index says is confirmed by a majority read of the row with that id. */
async function insertRows(
  collection: Collection<Document & { _id: ObjectId }>,
  rows: readonly (ResultRow | ErrorRow)[],
  note: NoteTrouble,
): Promise<WriteOutcome[]> {
  const outcomes = await insertEach(
    collection,
    rows.map((row) => ({ ...row.document, _id: new ObjectId(objectIdHex(row.at, row.resultId)) })),
    note,
  )
  const idsOf = (isMeant: (outcome: InsertOutcome | undefined) => boolean): string[] => [
    ...new Set(rows.filter((_, index) => isMeant(outcomes[index])).map((row) => row.resultId)),
  ]
  const taken = idsOf((outcome) => outcome === 'taken')
  // A row refused by another unique index may be the very row that is stored already.
  const doubtful = [...taken, ...idsOf(isRefusal)]
  const contents =
    doubtful.length === 0
      ? new Map<string, string>()
      : await untilSeen(
          () => readContents(collection, doubtful),
          (seen) => taken.every((id) => seen.has(id)),
        )
  return rows.map((row, index) => {
    const outcome = outcomes[index]
    if (outcome === 'inserted') return 'created'
    const known = outcome === 'undecided' ? undefined : contents.get(row.resultId)
    if (known !== undefined) return verdictOn(row, known)
    if (!isRefusal(outcome)) return 'undecided'
    const { code, refused } = outcome
    if (code === DUPLICATE_KEY)
      note({ collection: collection.collectionName, code, message: refused, forGood: true })
    return outcome
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
