import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createSqliteStore } from '../../src/store/sqlite.ts'
import { watchWrites } from '../../src/store/watch-writes.ts'
import { addModel, openApp, type TestApp } from '../support/app.ts'
import { result, secondsAgo } from '../support/documents.ts'
import { failNextCommand } from '../support/fail-point.ts'
import { openBesideClient, scratchFolder } from '../support/stores.ts'

const OUT_OF_SPACE = 14_031
const HEARTBEAT = { runner_id: 'r', state: 'running' }

/** Resolves once these are the status and state of `/health`, its writes, and the status of `/readyz`. */
async function reaches({ get }: TestApp, expected: readonly unknown[]): Promise<void> {
  // `/health` gives a store 80 ms, which a busy machine may exceed.
  await vi.waitFor(async () => {
    const [health, ready] = [await get('/health'), await get('/readyz')]
    const { status, store } = health.json()
    expect([health.statusCode, status, store.writes, ready.statusCode]).toEqual(expected)
  }, 10_000)
}

test('a store without space is degraded at the first failed write, unready at the third, and ready again with one stored', async () => {
  const { client, store } = openBesideClient()
  await store.prepare()
  const app = await openApp({ store })
  await addModel(store)
  const namespace = `${client.db().databaseName}.metrics_cloud_v2`
  await failNextCommand(client, { failCommands: ['insert'], namespace, errorCode: OUT_OF_SPACE }, 3)
  const post = async (path: string, body: unknown) => (await app.post(path, body)).statusCode

  await reaches(app, [200, 'ok', 'ok', 200])
  expect(await post('/ingest', result())).toBe(503)
  await reaches(app, [200, 'degraded', 'failed', 200])
  // A heartbeat finds room where a result does not.
  expect(await post('/ingest/heartbeat', HEARTBEAT)).toBe(200)
  expect(await post('/ingest', result())).toBe(503)
  expect(await post('/ingest/batch', { batch_id: 'b', items: [{ kind: 'result', ...result() }] })).toBe(503)
  await reaches(app, [503, 'unavailable', 'failing', 503])
  expect((await app.get('/livez')).statusCode).toBe(200)
  expect(await post('/ingest', result())).toBe(200)
  await reaches(app, [200, 'ok', 'ok', 200])
})

test('failures are forgotten after two minutes without another, so that writes are tried again', async () => {
  const path = join(scratchFolder(), 'store.sqlite')
  const real = createSqliteStore(path)
  onTestFinished(() => real.close())
  await real.prepare()
  let nowMs = 0
  const { store, state } = watchWrites(real, pino({ level: 'silent' }), () => nowMs)
  renameSync(path, `${path}.old`)
  const heartbeat = { runnerId: 'r', state: 'running', receivedAt: secondsAgo(0), document: {} }
  for (let times = 0; times < 3; times += 1) await expect(store.writeHeartbeat(heartbeat)).rejects.toThrow()
  expect(state()).toBe('failing')
  nowMs += 119_999
  expect(state()).toBe('failing')
  nowMs += 1
  expect(state()).toBe('ok')
  await expect(store.writeHeartbeat(heartbeat)).rejects.toThrow()
  expect(state()).toBe('failing')
})

test('a moved file of the embedded store makes /health and /readyz 503 without any write', async () => {
  const path = join(scratchFolder(), 'store.sqlite')
  const store = createSqliteStore(path)
  onTestFinished(() => store.close())
  await store.prepare()
  const app = await openApp({ store })
  renameSync(path, `${path}.old`)
  await reaches(app, [503, 'unavailable', 'ok', 503])
  renameSync(`${path}.old`, path)
  await reaches(app, [200, 'ok', 'ok', 200])
})
