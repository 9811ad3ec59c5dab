import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, vi } from 'vitest'
import { startFaultyProxy } from './faulty-proxy.ts'
import type { FaultyProxy } from './faulty-proxy.ts'
import { temporaryFolder } from './folders.ts'
import { addressOf, start } from './processes.ts'

const KEY = 'ingest-key-0123456789'
const TOKEN = 'config-token-0123456789'

export type World = {
  readonly folder: string
  /** File of the ingest's store. */
  readonly store: string
  /** Of the simulator. */
  readonly provider: string
  readonly proxy: FaultyProxy
  /** Of a runner of this world. */
  readonly environment: Readonly<Record<string, string>>
  readonly stateDirectory: string
}

/** The real simulator, the real ingest with the models `model-a` and `model-b` of groq, and a proxy before it. */
export async function startWorld(): Promise<World> {
  const folder = temporaryFolder()
  const store = { STORE_PATH: join(folder, 'store.sqlite') }
  const secrets = { INGEST_API_KEY: KEY, RUNNER_CONFIG_TOKEN: TOKEN }
  const simulator = start('packages/simulator/src/main.ts', [], {})
  const models = start('apps/ingest/src/models/main.ts', ['add', 'groq', 'model-a', 'model-b'], store)
  expect(await models.ended).toBe(0)
  const ingest = start('apps/ingest/src/main.ts', [], { ...store, ...secrets, PORT: '0' })
  const [provider, address] = await Promise.all([addressOf(simulator), addressOf(ingest)])
  const proxy = await startFaultyProxy(() => address)
  const stateDirectory = join(folder, 'state')
  const environment = {
    GROQ_API_KEY: 'groq-key-0123456789',
    GROQ_BASE_URL: `${provider}/openai/v1`,
    INGEST_API_URL: `${proxy.address}/ingest`,
    INGEST_API_KEY: KEY,
    RUNNER_CONFIG_URL: `${address}/runner-config`,
    RUNNER_CONFIG_TOKEN: TOKEN,
    RUNNER_STATE_DIR: stateDirectory,
  }
  await vi.waitUntil(async () => await worklistHasModels(address), { timeout: 25_000, interval: 50 })
  return { folder, store: store.STORE_PATH, provider, proxy, environment, stateDirectory }
}

async function worklistHasModels(address: string): Promise<boolean> {
  const headers = { authorization: `Bearer ${TOKEN}` }
  const answer = await fetch(`${address}/runner-config?provider=groq`, { headers })
  const { models } = (await answer.json()) as { models?: string[] }
  return models?.length === 2
}

/** The ids that the ingest has stored, of results and errors. */
export function storedIds({ store }: Pick<World, 'store'>): string[] {
  return idsIn(store, 'SELECT result_id FROM results UNION ALL SELECT result_id FROM errors_cloud')
}

/** The ids in an outbox, dead letters included. */
export function outboxIds(stateDirectory: string): string[] {
  const path = join(stateDirectory, 'outbox.sqlite')
  return idsIn(path, 'SELECT result_id FROM items UNION ALL SELECT result_id FROM dead_letters')
}

function idsIn(path: string, sql: string): string[] {
  const database = new DatabaseSync(path, { readOnly: true, timeout: 1000 })
  try {
    return database
      .prepare(sql)
      .all()
      .map((row) => String(row['result_id']))
  } finally {
    database.close()
  }
}

/** Documents are printed once they are committed: the ids of what must not be lost. */
export function printedIds(stdout: string): string[] {
  const whole = stdout.split('\n').slice(0, -1)
  return whole.map((line) => (JSON.parse(line) as { result_id: string }).result_id)
}
