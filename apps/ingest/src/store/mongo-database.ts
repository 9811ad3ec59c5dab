import {
  MongoClient,
  MongoError,
  type Collection,
  type Db,
  type Document,
  type ObjectId,
  type TopologyDescription,
} from 'mongodb'
import { within } from '@llmbench/providers/deadline'
import { StoreUnavailable } from '../errors.ts'
import { explain } from './mongo-topology.ts'

/** `_id` as each collection has it: ObjectIds where time orders the rows, names where the document is a state. */
type Rows = Document & { _id: ObjectId }
type Named = Document & { _id: string }

export type MongoDatabase = {
  readonly db: Db
  /**
   * To be called once at a time and before anything else: operations that meet in a failing first connection leave
   * the driver with a closed topology for ever. After it has succeeded once it does nothing: the driver reconnects by
   * itself.
   */
  readonly connect: () => Promise<void>
  readonly close: () => Promise<void>
  /**
   * Names the primary in its present term; null where there is none or writes may go to several. While the name stays
   * the same, whatever it confirmed with a majority confirms all that it took before.
   */
  readonly primaryTerm: () => string | null
  readonly rows: (name: string) => Collection<Rows>
  readonly named: (name: string) => Collection<Named>
  /** Runs `work` within the operation deadline; what the driver throws comes out as `StoreUnavailable`. */
  readonly guard: <Result>(doing: string, work: () => Promise<Result>, deadlineMs?: number) => Promise<Result>
}

/** Deadlines nest: 8 s here, 10 s for the handler, 15 s for the server. The driver's own would be minutes. */
export type MongoTimeouts = {
  readonly operationMs: number
  readonly selectionMs: number
  readonly poolMs: number
  readonly majorityMs: number
}
const TIMEOUTS: MongoTimeouts = { operationMs: 8000, selectionMs: 1000, poolMs: 3000, majorityMs: 5000 }

/** A client for `uri`, which names the database in its path. Does not connect; throws `MongoError` for a bad URI. */
export function createMongoDatabase(uri: string, changes: Partial<MongoTimeouts> = {}): MongoDatabase {
  const timeouts = { ...TIMEOUTS, ...changes }
  const client = new MongoClient(uri, {
    appName: 'llmbench-ingest',
    socketTimeoutMS: timeouts.operationMs,
    serverSelectionTimeoutMS: timeouts.selectionMs,
    connectTimeoutMS: timeouts.poolMs,
    waitQueueTimeoutMS: timeouts.poolMs,
    maxPoolSize: 20,
    retryWrites: true,
    ignoreUndefined: true,
    // A success is told to a runner that then forgets the result, so it must survive any single machine.
    writeConcern: { w: 'majority', journal: true, wtimeoutMS: timeouts.majorityMs },
    // Repeated here: `journal` in the URI would override the write concern.
    journal: true,
    readPreference: 'primary',
  })
  const db = client.db()
  let connected = false
  let topology: TopologyDescription | null = null
  client.on('topologyDescriptionChanged', ({ newDescription }) => {
    topology = newDescription
  })
  const unavailable = (doing: string, error: unknown): StoreUnavailable =>
    new StoreUnavailable(doing, explain(error, topology))
  return {
    db,
    connect: async () => {
      if (connected) return
      try {
        await client.connect()
        connected = true
      } catch (error) {
        throw unavailable('connecting', error)
      }
    },
    close: () => client.close(),
    primaryTerm: () => (topology === null ? null : termOf(topology)),
    rows: (name) => db.collection<Rows>(name),
    named: (name) => db.collection<Named>(name),
    guard: async (doing, work, deadlineMs = timeouts.operationMs) => {
      if (!connected) throw new StoreUnavailable(doing)
      try {
        return await within(deadlineMs, work(), () => new StoreUnavailable(doing))
      } catch (error) {
        throw error instanceof MongoError ? unavailable(doing, error) : error
      }
    },
  }
}

/** The code of "a unique index has this already". */
export const DUPLICATE_KEY = 11_000

function termOf({ servers }: TopologyDescription): string | null {
  const primary = [...servers.values()].find(({ type }) => type === 'RSPrimary')
  return primary?.electionId ? `${primary.address} ${primary.electionId.toHexString()}` : null
}
