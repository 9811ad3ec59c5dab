import { MongoBulkWriteError, type Collection, type Document, type WriteConcernSettings } from 'mongodb'
import { DUPLICATE_KEY } from './mongo-database.ts'
import { refusalOf } from './mongo-refusals.ts'
import type { NoteTrouble, Refusal } from './store.ts'

/** `taken`: the document is in already. */
export type InsertOutcome = 'inserted' | 'taken' | 'undecided' | Refusal

/**
 * Inserts all that can be, and says of each what became of it. Where the majority did not confirm, or part of the
 * batch was never answered for, rows without a write error stay undecided. Causes are reported to `note`.
 */
export async function insertEach<Row extends Document>(
  collection: Collection<Row>,
  documents: readonly Row[],
  note: NoteTrouble,
  writeConcern?: WriteConcernSettings,
): Promise<InsertOutcome[]> {
  if (documents.length === 0) return []
  try {
    await collection.insertMany(documents as Parameters<typeof collection.insertMany>[0], {
      ordered: false,
      ...(writeConcern ? { writeConcern } : {}),
    })
    return documents.map(() => 'inserted')
  } catch (error) {
    if (!(error instanceof MongoBulkWriteError)) throw error
    return outcomesOf(error, collection.collectionName, documents.length, note)
  }
}

function outcomesOf(
  error: MongoBulkWriteError,
  collection: string,
  count: number,
  note: NoteTrouble,
): InsertOutcome[] {
  const outcomes = new Map<number, InsertOutcome>()
  for (const fault of [error.writeErrors].flat()) {
    const { index, code, errmsg: message = '' } = fault
    const refusal = refusalOf(collection, fault)
    outcomes.set(index, refusal ?? (code === DUPLICATE_KEY ? 'taken' : 'undecided'))
    // A duplicate may be this very document: the caller finds out and reports it.
    if (code !== DUPLICATE_KEY) note({ collection, code, message, forGood: refusal !== null })
  }
  const unconfirmed = error.result.getWriteConcernError()
  // Without a write error of a row the command itself failed.
  if (unconfirmed !== undefined || outcomes.size === 0) {
    const { code, errmsg } = unconfirmed ?? { code: Number(error.code), errmsg: error.message }
    note({ collection, code, message: errmsg ?? '', forGood: false })
  }
  const confirmed = unconfirmed === undefined && error.insertedCount + outcomes.size === count
  return Array.from(
    { length: count },
    (_, index) => outcomes.get(index) ?? (confirmed ? 'inserted' : 'undecided'),
  )
}

export const isRefusal = (outcome: unknown): outcome is Refusal =>
  typeof outcome === 'object' && outcome !== null && 'refused' in outcome
