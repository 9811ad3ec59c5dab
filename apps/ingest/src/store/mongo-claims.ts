import type { Collection, Document } from 'mongodb'
import { insertEach, isRefusal } from './mongo-insert.ts'
import type { MongoDatabase } from './mongo-database.ts'
import { untilSeen } from './until-seen.ts'
import type { NoteTrouble, Refusal, ResultCollection, ResultRow } from './store.ts'

/** What an id stands for. */
export type Claim = { readonly contentSha256: string; readonly collection: ResultCollection }

export type Claims = {
  /** What each id stands for, this row's content or another's; null where it cannot be said. */
  readonly claim: (rows: readonly ResultRow[]) => Promise<(Claim | Refusal | null)[]>
  /** The same, waiting for the majority: for claims that a change of the primary may have undone. */
  readonly claimForGood: (rows: readonly ResultRow[]) => Promise<(Claim | Refusal | null)[]>
}

type ClaimDocument = Document & { _id: string }

/**
 * The claims of ids in `result_ids`. A claim does not wait for the majority: the row that is written after it does,
 * and on one and the same primary a majority that has the row has the claim, which came before.
 */
export function mongoClaims(database: MongoDatabase, note: NoteTrouble): Claims {
  const collection = database.named('result_ids')
  return {
    claim: (rows) => claim(collection, rows, note, database.primaryTerm() !== null),
    claimForGood: (rows) => claim(collection, rows, note, false),
  }
}

async function claim(
  collection: Collection<ClaimDocument>,
  rows: readonly ResultRow[],
  note: NoteTrouble,
  atOnce: boolean,
): Promise<(Claim | Refusal | null)[]> {
  const outcomes = await insertEach(
    collection,
    rows.map((row) => ({
      _id: row.resultId,
      content_sha256: row.contentSha256,
      collection: row.collection,
      run_ts: row.at,
    })),
    note,
    atOnce ? { w: 1, journal: false } : undefined,
  )
  const taken = rows.filter((_, index) => outcomes[index] === 'taken')
  const known = taken.length > 0 ? await readTaken(collection, taken) : new Map<string, Claim>()
  return rows.map((row, index) => {
    const outcome = outcomes[index]
    if (outcome === 'inserted') return row
    if (isRefusal(outcome)) return outcome
    return outcome === 'taken' ? (known.get(row.resultId) ?? null) : null
  })
}

/** One content is enough to go on, for the row itself waits for the majority; another is told only once it is for good. */
async function readTaken(
  collection: Collection<ClaimDocument>,
  taken: readonly ResultRow[],
): Promise<Map<string, Claim>> {
  const ids = taken.map((row) => row.resultId)
  const found = await read(collection, ids, 'local')
  const differing = taken.filter((row) => found.get(row.resultId)?.contentSha256 !== row.contentSha256)
  if (differing.length === 0) return found
  const differingIds = [...new Set(differing.map((row) => row.resultId))]
  const confirmed = await untilSeen(
    () => read(collection, differingIds, 'majority'),
    (seen) => seen.size === differingIds.length,
  )
  for (const id of differingIds) found.delete(id)
  return new Map([...found, ...confirmed])
}

async function read(
  collection: Collection<ClaimDocument>,
  ids: readonly string[],
  level: 'local' | 'majority',
): Promise<Map<string, Claim>> {
  const claims = new Map<string, Claim>()
  for await (const document of collection.find({ _id: { $in: [...ids] } }, { readConcern: { level } })) {
    claims.set(document['_id'], {
      contentSha256: String(document['content_sha256']),
      collection: document['collection'] as ResultCollection,
    })
  }
  return claims
}
