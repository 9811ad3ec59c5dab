/** A stdout or stderr that nobody takes from, in time or at all: the real programs do their work all the same. */
import { mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { openStalledPipe } from '../../../../packages/output/test/stalled-pipe.ts'
import { createSqliteStore } from '../../src/store/sqlite.ts'
import { ask } from '../support/ask.ts'
import { GROQ, result } from '../support/documents.ts'
import { post, runCommand, startUnread } from '../support/process.ts'
import { storeEnvironment } from '../support/stores.ts'

const SOON = { timeout: 25_000, interval: 5 }

/** A fresh store with the model of the test documents. */
async function withModel(): Promise<Record<string, string>> {
  const environment = storeEnvironment('sqlite')
  const store = createSqliteStore(environment['STORE_PATH'] ?? '')
  await store.prepare()
  const change = { action: 'add', at: new Date(), actor: 'test', reason: null } as const
  await store.addModel({ ...GROQ, displayName: 'x', quirks: {} }, change)
  await store.close()
  return environment
}

type Health = { readonly status: string; readonly dropped_log_lines: number }
const healthOf = async (url: string): Promise<Health> =>
  JSON.parse((await ask(url, '/health')).text) as Health
/** A line of some eight thousand characters in the log. */
const LONG = `/${'x'.repeat(8000)}`

test('row 91: a log that nobody reads stops nothing; what is dropped is counted, and said once it flows again', async () => {
  const stderr = openStalledPipe()
  const service = await startUnread({ ...(await withModel()), LOG_LEVEL: 'debug' }, stderr.fd)
  await vi.waitUntil(async () => {
    await Promise.all(Array.from({ length: 20 }, () => ask(service.url, LONG)))
    return (await healthOf(service.url)).dropped_log_lines > 0
  }, SOON)
  for (let times = 0; times < 5; times += 1) {
    expect(await (await post(service, '/ingest', result())).json()).toMatchObject({ verdict: 'created' })
    expect((await post(service, '/ingest/heartbeat', { runner_id: 'r', state: 'idle' })).status).toBe(200)
    const health = await ask(service.url, '/health')
    expect([health.status, health.ms < 1000]).toEqual([200, true])
  }
  const { dropped_log_lines: dropped } = await healthOf(service.url)
  expect((await ask(service.url, '/metrics')).text).toMatch(/^llmbench_ingest_dropped_log_lines_total [1-9]/m)

  let log = ''
  const read = (): string => (log += stderr.read())
  await vi.waitUntil(() => read().includes('were dropped'), SOON)
  const seen = log.length
  await vi.waitUntil(async () => {
    await ask(service.url, '/seen-again')
    return read().slice(seen).includes('/seen-again')
  }, SOON)
  service.child.kill('SIGTERM')
  await vi.waitUntil(() => read().includes('"msg":"Closing"'), SOON)
  expect(await service.exited).toMatchObject({ code: 0 })
  const lines = log
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>)
  const gaps = lines.filter(({ msg }) => String(msg).includes('were dropped'))
  expect(gaps.reduce((sum, gap) => sum + Number(gap['dropped']), 0)).toBeGreaterThanOrEqual(dropped)
  expect(lines[0]).toMatchObject({ msg: 'The store is ready' })
})

test('row 91: stalled until the end or closed from the beginning, rows are taken and SIGTERM ends it with 0', async () => {
  const [stalled, closed] = [openStalledPipe(), openStalledPipe()]
  closed.close()
  const services = await Promise.all(
    [stalled, closed].map(async ({ fd }) => startUnread({ ...(await withModel()), LOG_LEVEL: 'debug' }, fd)),
  )
  for (const service of services) {
    expect((await post(service, '/ingest', result())).status).toBe(200)
    const began = performance.now()
    service.child.kill('SIGTERM')
    expect(await service.exited).toMatchObject({ code: 0 })
    expect(performance.now() - began).toBeLessThan(5000)
  }
})

test('row 91: a slow reader gets every line in order', async () => {
  const stderr = openStalledPipe()
  const service = await startUnread({ ...(await withModel()), LOG_LEVEL: 'debug' }, stderr.fd)
  let log = ''
  const reading = setInterval(() => (log += stderr.read(16_384)), 5)
  onTestFinished(() => clearInterval(reading))
  for (let times = 0; times < 60; times += 1) await ask(service.url, `${LONG}${times}`)
  expect(await healthOf(service.url)).toMatchObject({ status: 'ok', dropped_log_lines: 0 })
  service.child.kill('SIGTERM')
  await vi.waitUntil(() => log.includes('"msg":"Closing"'), SOON)
  expect(await service.exited).toMatchObject({ code: 0 })
  const paths = log
    .split('\n')
    .slice(0, -1)
    .map((line) => (JSON.parse(line) as { path?: string }).path ?? '')
  const asked = paths.filter((path) => path.startsWith(LONG)).map((path) => path.slice(LONG.length))
  expect(asked).toEqual(Array.from({ length: 60 }, (_, index) => String(index)))
})

test('row 91: a crash writes what waits and its own reason, and does not wait long for a reader', async () => {
  const crash = encodeURIComponent("process.on('SIGWINCH', () => { throw new Error('of a test') })")
  const more = { LOG_LEVEL: 'debug', NODE_OPTIONS: `--import data:text/javascript,${crash}` }
  const [read, unread] = [openStalledPipe(), openStalledPipe()]
  const [slow, stalled] = await Promise.all([
    startUnread({ ...(await withModel()), ...more }, read.fd),
    startUnread({ ...(await withModel()), ...more }, unread.fd),
  ])
  for (let times = 0; times < 20; times += 1) await ask(slow.url, LONG)
  let log = ''
  const reading = setInterval(() => (log += read.read()), 1)
  onTestFinished(() => clearInterval(reading))
  for (const { child } of [slow, stalled]) child.kill('SIGWINCH')
  expect(await Promise.all([slow.exited, stalled.exited])).toMatchObject([{ code: 1 }, { code: 1 }])
  await vi.waitUntil(() => log.includes('of a test'), SOON)
  expect(log).toContain('"msg":"listening"')
  expect(log).toContain('"msg":"Unexpected error, closing"')
})

const MODELS = 3000
const folder = mkdtempSync(join(tmpdir(), 'llmbench-ingest-'))
/** A store with many models. */
const large = { STORE_PATH: join(folder, 'store.sqlite') }

beforeAll(async () => {
  const store = createSqliteStore(large.STORE_PATH)
  await store.prepare()
  await store.close()
  const database = new DatabaseSync(large.STORE_PATH)
  database.exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${MODELS})
    INSERT INTO models SELECT 'groq', 'm-' || i, 1, json_object('provider', 'groq', 'model_id', 'm-' || i,
      'display_name', 'Model ' || i, 'enabled', json('true'), 'deprecated', json('false')) FROM n`)
  database.close()
})
afterAll(() => rmSync(folder, { recursive: true }))

test('row 92: what a command prints reaches a slow reader whole', async () => {
  const stdout = openStalledPipe()
  let text = ''
  const reading = setInterval(() => (text += stdout.read(32_768)), 1)
  onTestFinished(() => clearInterval(reading))
  const listed = await runCommand('models/main.ts', ['list', '--json'], large, { stdout: stdout.fd })
  expect(listed).toMatchObject({ code: 0, stderr: '' })
  await vi.waitUntil(() => text.trim().split('\n').length === MODELS, SOON)
  for (const line of text.trim().split('\n')) JSON.parse(line)
})

test.each([
  ['models/main.ts', ['list', '--json']],
  ['models/main.ts', ['export']],
  ['models/main.ts', ['--help']],
  ['keys/main.ts', ['list']],
  ['retention/main.ts', ['--json']],
  ['models/main.ts', ['disable', 'groq', 'm-1', '--reason', 'nobody reads this']],
])('row 92: %s %j ends well where nobody reads any more', async (main, args) => {
  const stdout = openStalledPipe()
  stdout.close()
  expect(await runCommand(main, args, large, { stdout: stdout.fd })).toMatchObject({ code: 0, stderr: '' })
})

test('row 92: a change is made whether or not anybody reads that it was', async () => {
  const store = createSqliteStore(large.STORE_PATH)
  onTestFinished(() => store.close())
  await store.prepare()
  const [entry] = await store.findModels([{ provider: 'groq', modelId: 'm-1' }])
  expect(entry).toMatchObject({ enabled: false })
})

test('row 92: a command whose output does not fit on the disk fails and says so', async () => {
  const stdout = openSync('/dev/full', 'w')
  const listed = await runCommand('models/main.ts', ['list', '--json'], large, { stdout })
  expect(listed).toMatchObject({ code: 1, stderr: 'models: stdout is not whole: ENOSPC\n' })
})
