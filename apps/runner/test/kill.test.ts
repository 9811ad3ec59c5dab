import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test, vi } from 'vitest'
import { startFaultyProxy } from './support/faulty-proxy.ts'
import type { Fault } from './support/faulty-proxy.ts'
import { temporaryFolder } from './support/folders.ts'
import { addressOf, start, startRunner } from './support/processes.ts'
import { seeded } from './support/seeded.ts'

const KEY = 'ingest-key-0123456789'
const TOKEN = 'config-token-0123456789'

/** The real simulator, the real ingest with two models, a proxy before it, and the runner's environment. */
async function startWorld() {
  const folder = temporaryFolder()
  const store = { STORE_PATH: join(folder, 'store.sqlite') }
  const secrets = { INGEST_API_KEY: KEY, RUNNER_CONFIG_TOKEN: TOKEN }
  const simulator = start('packages/simulator/src/main.ts', [], {})
  const models = start('apps/ingest/src/models/main.ts', ['add', 'groq', 'model-a', 'model-b'], store)
  expect(await models.ended).toBe(0)
  const ingest = start('apps/ingest/src/main.ts', [], { ...store, ...secrets, PORT: '0' })
  const [model, address] = await Promise.all([addressOf(simulator), addressOf(ingest)])
  const proxy = await startFaultyProxy(() => address)
  const environment = {
    GROQ_API_KEY: 'groq-key-0123456789',
    GROQ_BASE_URL: `${model}/openai/v1`,
    INGEST_API_URL: `${proxy.address}/ingest`,
    INGEST_API_KEY: KEY,
    RUNNER_CONFIG_URL: `${address}/runner-config`,
    RUNNER_CONFIG_TOKEN: TOKEN,
    RUNNER_STATE_DIR: join(folder, 'state'),
  }
  await vi.waitUntil(async () => await worklistHasModels(address), { timeout: 25_000, interval: 50 })
  return { folder, store: store.STORE_PATH, proxy, environment }
}

async function worklistHasModels(address: string): Promise<boolean> {
  const headers = { authorization: `Bearer ${TOKEN}` }
  const answer = await fetch(`${address}/runner-config?provider=groq`, { headers })
  const { models } = (await answer.json()) as { models?: string[] }
  return models?.length === 2
}

function idsIn(path: string, sql: string): string[] {
  const database = new DatabaseSync(path, { readOnly: true })
  try {
    return database
      .prepare(sql)
      .all()
      .map((row) => String(row['result_id']))
  } finally {
    database.close()
  }
}

const STORED = 'SELECT result_id FROM results UNION ALL SELECT result_id FROM errors_cloud'

/** Documents are printed once they are committed: the ids of what must not be lost. */
function printedIds(stdout: string): string[] {
  const whole = stdout.split('\n').slice(0, -1)
  return whole.map((line) => (JSON.parse(line) as { result_id: string }).result_id)
}

test('kill -9 between the commit and the answer: after a restart every result is stored once', async () => {
  const { store, proxy, environment } = await startWorld()
  proxy.decide = (path) => (path === '/ingest/batch' ? 'hold' : null)
  const runner = startRunner(['--provider', 'groq', '--json'], environment)
  await vi.waitUntil(() => proxy.answers.length > 0, { timeout: 30_000 })
  runner.child.kill('SIGKILL')
  await runner.ended
  const generated = printedIds(runner.stdout())
  expect(generated).toHaveLength(2)
  expect(idsIn(store, STORED).sort()).toEqual([...generated].sort())

  proxy.decide = () => null
  const again = startRunner(['--provider', 'groq', '--json'], environment)
  expect(await again.ended).toBe(0)
  const all = [...generated, ...printedIds(again.stdout())]
  expect(idsIn(store, STORED).sort()).toEqual(all.sort())
  const resent = JSON.parse(proxy.answers[1]?.body ?? '{}') as { results: { verdict: string }[] }
  expect(resent.results.map(({ verdict }) => verdict)).toEqual(['duplicate', 'duplicate'])
}, 90_000)

test('a daemon killed at random behind a proxy that loses answers loses nothing and stores nothing twice', async () => {
  const { store, proxy, environment } = await startWorld()
  const random = seeded(20_261_124)
  const faults: Fault[] = ['reset', 'truncate', 'unavailable', null, null]
  proxy.decide = () => faults[Math.floor(random() * faults.length)] ?? null
  const generated: string[] = []
  for (let round = 0; round < 3; round++) {
    const daemon = startRunner(
      ['--provider', 'groq', '--daemon', '--interval', '0.01', '--json'],
      environment,
    )
    const lines = 1 + Math.floor(random() * 4)
    await vi.waitUntil(() => printedIds(daemon.stdout()).length >= lines, { timeout: 30_000, interval: 5 })
    daemon.child.kill('SIGKILL')
    await daemon.ended
    generated.push(...printedIds(daemon.stdout()))
  }
  proxy.decide = () => null
  const last = startRunner(['--provider', 'groq', '--json'], environment)
  expect(await last.ended).toBe(0)
  const stored = idsIn(store, STORED)
  expect(new Set(stored).size).toBe(stored.length)
  // What was committed but not yet printed when the kill came is stored as well.
  expect(stored).toEqual(expect.arrayContaining([...generated, ...printedIds(last.stdout())]))
  const outbox = join(environment.RUNNER_STATE_DIR, 'outbox.sqlite')
  expect(idsIn(outbox, 'SELECT result_id FROM items UNION ALL SELECT result_id FROM dead_letters')).toEqual(
    [],
  )
}, 120_000)
