import { MongoClient, MongoError, type Collection, type Db, type Document, type ObjectId } from 'mongodb'
import { StoreUnavailable } from '../errors.ts'

/** `_id` as each collection has it: ObjectIds where time orders the rows, names where the document is a state. */
type Rows = Document & { _id: ObjectId }
type Named = Document & { _id: string }

export type MongoDatabase = {
  readonly client: MongoClient
  readonly db: Db
  readonly rows: (name: string) => Collection<Rows>
  readonly named: (name: string) => Collection<Named>
  /** Runs `work`; what the driver throws comes out as `StoreUnavailable`. */
  readonly guard: <Result>(doing: string, work: () => Promise<Result>) => Promise<Result>
}

export type MongoTimeouts = { readonly operationMs: number; readonly selectionMs: number }

/** Deadlines nest: 8 s here, 10 s for the handler, 15 s for the server. */
const TIMEOUTS: MongoTimeouts = { operationMs: 8000, selectionMs: 1000 }

/** A client for `uri`, which names the database in its path. Does not connect; throws `MongoError` for a bad URI. */
export function createMongoDatabase(uri: string, timeouts: MongoTimeouts = TIMEOUTS): MongoDatabase {
  const client = new MongoClient(uri, {
    appName: 'llmbench-ingest',
    timeoutMS: timeouts.operationMs,
    serverSelectionTimeoutMS: timeouts.selectionMs,
    connectTimeoutMS: 3000,
    maxPoolSize: 20,
    retryWrites: true,
    ignoreUndefined: true,
    // A success is told to a runner that then forgets the result, so it must survive any single machine.
    writeConcern: { w: 'majority', journal: true },
    readPreference: 'primary',
  })
  const db = client.db()
  return {
    client,
    db,
    rows: (name) => db.collection<Rows>(name),
    named: (name) => db.collection<Named>(name),
    guard: async (doing, work) => {
      try {
        return await work()
      } catch (error) {
        throw error instanceof MongoError ? new StoreUnavailable(doing, error) : error
      }
    },
  }
}

/** The code of "a unique index has this already". */
export const DUPLICATE_KEY = 11_000
