import { MongoBulkWriteError, type Collection, type Document, type WriteConcernSettings } from 'mongodb'
import { DUPLICATE_KEY } from './mongo-database.ts'

export type InsertOutcome = 'inserted' | 'taken' | 'undecided'

/**
 * Inserts all that can be, and says of each what became of it. Where the majority did not confirm, or part of the
 * batch was never answered for, every row that no write error speaks of stays undecided.
 */
export async function insertEach<Row extends Document>(
  collection: Collection<Row>,
  documents: readonly Row[],
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
    return outcomesOf(error, documents.length)
  }
}

function outcomesOf(error: MongoBulkWriteError, count: number): InsertOutcome[] {
  const refused = new Map([error.writeErrors].flat().map((fault) => [fault.index, fault.code]))
  const confirmed =
    error.result.getWriteConcernError() === undefined && error.insertedCount + refused.size === count
  return Array.from({ length: count }, (_, index) => {
    const code = refused.get(index)
    if (code === DUPLICATE_KEY) return 'taken'
    return code === undefined && confirmed ? 'inserted' : 'undecided'
  })
}
