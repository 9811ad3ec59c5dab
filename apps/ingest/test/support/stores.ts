import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MongoClient } from 'mongodb'
import { inject, onTestFinished } from 'vitest'
import { createMongoStore } from '../../src/store/mongo.ts'
import { createSqliteStore } from '../../src/store/sqlite.ts'
import type { Store } from '../../src/store/store.ts'
import { databaseUri } from './mongod.ts'

export const STORE_KINDS = ['sqlite', 'mongodb'] as const
export type StoreKind = (typeof STORE_KINDS)[number]

/** A folder that goes with the test. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'llmbench-ingest-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** The address of a database that only this test uses. Throws the one sentence where no MongoDB can be had. */
export function freshMongodbUri(): string {
  const uri = inject('mongodbUri')
  if (uri === null) throw new Error(inject('mongodbFault') ?? 'No MongoDB')
  return databaseUri(uri, `test_${randomUUID().replaceAll('-', '')}`)
}

/** A store on a fresh database, not prepared yet, and a client beside it; both closed when the test ends. */
export function openBesideClient(): { uri: string; client: MongoClient; store: Store } {
  const uri = freshMongodbUri()
  const client = new MongoClient(uri)
  const store = createMongoStore(uri)
  onTestFinished(async () => {
    await store.close()
    await client.close()
  })
  return { uri, client, store }
}

/** The environment that makes the service use a store of this kind, fresh. */
export const storeEnvironment = (kind: StoreKind): Record<string, string> =>
  kind === 'sqlite'
    ? { STORE_PATH: join(scratchFolder(), 'store.sqlite') }
    : { MONGODB_URI: freshMongodbUri() }

/** A store of this kind, prepared and empty, closed when the test ends. */
export async function openStore(kind: StoreKind): Promise<Store> {
  const environment = storeEnvironment(kind)
  const store =
    environment['MONGODB_URI'] === undefined
      ? createSqliteStore(environment['STORE_PATH'] ?? '')
      : createMongoStore(environment['MONGODB_URI'])
  onTestFinished(() => store.close())
  await store.prepare()
  return store
}
