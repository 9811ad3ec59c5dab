import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { MongoClient } from 'mongodb'
import { onTestFinished } from 'vitest'
// oxlint-disable-next-line no-restricted-imports -- where a mongod for tests comes from is found out in one place
import { findMongod } from '../../../apps/ingest/test/support/mongod-binary.ts'

export type Mongod = {
  readonly uri: string
  /** Runs a command on the admin database. */
  readonly command: (command: Record<string, unknown>) => Promise<Record<string, unknown>>
  readonly stop: () => Promise<void>
}

/** A mongod on the given folder and port as the only member of a replica set; initiated where it is new. */
export async function startMongod(folder: string, port: number): Promise<Mongod> {
  // oxlint-disable-next-line node/no-process-env -- where a mongod may lie; the edge of the test process
  const binary = await findMongod({ path: process.env['PATH'] ?? '' })
  if (binary === null) throw new Error('No mongod for this test: put one on the PATH')
  mkdirSync(folder, { recursive: true })
  const flags = ['--dbpath', folder, '--port', String(port), '--bind_ip', '127.0.0.1', '--replSet', 'rs0']
  const child = spawn(binary, flags, { stdio: 'ignore' })
  const ended = once(child, 'exit')
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await ended
  })
  const direct = `mongodb://127.0.0.1:${port}/?directConnection=true`
  const command: Mongod['command'] = async (wanted) => {
    const client = await MongoClient.connect(direct, { serverSelectionTimeoutMS: 20_000 })
    try {
      return await client.db('admin').command(wanted)
    } finally {
      await client.close()
    }
  }
  await initiate(command, port)
  return {
    uri: `mongodb://127.0.0.1:${port}/llm-bench?replicaSet=rs0`,
    command,
    stop: async () => {
      child.kill('SIGTERM')
      await ended
    },
  }
}

async function initiate(command: Mongod['command'], port: number): Promise<void> {
  const config = { _id: 'rs0', members: [{ _id: 0, host: `127.0.0.1:${port}` }] }
  await command({ replSetInitiate: config }).catch((error: Error & { codeName?: string }) => {
    if (error.codeName !== 'AlreadyInitialized') throw error
  })
}
