import { MongoMemoryReplSet } from 'mongodb-memory-server-core'
import { MongoClient } from 'mongodb'
import { onTestFinished } from 'vitest'
import { findMongod } from './mongod-binary.ts'

type Member = { readonly host: string; readonly pid: number }

export type MongodSet = {
  readonly uri: string
  readonly members: readonly Member[]
  /** The member that takes writes just now. */
  readonly primary: () => Promise<Member>
}

/** A replica set of `count` mongods that this test may stop, freeze and kill. */
export async function startMongodSet(count: number): Promise<MongodSet> {
  // oxlint-disable-next-line node/no-process-env -- where a mongod may lie; the edge of the test process
  const binary = await findMongod({ path: process.env['PATH'] ?? '' })
  const set = await MongoMemoryReplSet.create({
    replSet: {
      count,
      storageEngine: 'wiredTiger',
      configSettings: { electionTimeoutMillis: 1500, heartbeatIntervalMillis: 500 },
      args: ['--setParameter', 'enableTestCommands=1'],
    },
    ...(binary === null ? {} : { binary: { systemBinary: binary, version: '6.0.5', checkMD5: false } }),
  })
  const members = set.servers.map((server): Member => {
    const pid = server.instanceInfo?.instance.mongodProcess?.pid
    if (pid === undefined) throw new Error('mongod has no process')
    return { host: `127.0.0.1:${server.instanceInfo?.port}`, pid }
  })
  onTestFinished(async () => {
    for (const { pid } of members) signal(pid, 'SIGCONT')
    await set.stop()
  })
  const uri = set.getUri()
  return {
    uri,
    members,
    primary: async () => {
      const client = await MongoClient.connect(uri)
      const { primary } = await client.db('admin').command({ hello: 1 }, { readPreference: 'primary' })
      await client.close()
      const found = members.find(({ host }) => host === primary)
      if (found === undefined) throw new Error(`The primary ${primary} is none of the members`)
      return found
    },
  }
}

/** Sends a signal to a process that may have ended. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // It is gone already.
  }
}
