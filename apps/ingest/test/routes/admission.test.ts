import net, { type AddressInfo } from 'node:net'
import { pino } from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { createMongoStore } from '../../src/store/mongo.ts'
import { addModel, KEY, openApp } from '../support/app.ts'
import { ask, requestHead } from '../support/ask.ts'
import { result } from '../support/documents.ts'
import { until } from '../support/process.ts'
import { openStore } from '../support/stores.ts'

test('beyond the bytes under way a result is shed before it is read, a heartbeat is not, and then there is room again', async () => {
  const { app, store } = await openApp({ limits: { bytesUnderWay: 2000 } })
  await addModel(store)
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const body = JSON.stringify(result())
  const slow = net.connect((app.server.address() as AddressInfo).port, '127.0.0.1')
  onTestFinished(() => void slow.destroy())
  slow.write(requestHead('Content-Length: 1900\r\n'))

  const shed = await until(
    () => ask(url, '/ingest', { body }),
    ({ status }) => status !== 200,
  )
  expect([shed.status, shed.text]).toEqual([503, expect.stringContaining('"code":"overloaded"')])
  expect(Number(shed.headers['retry-after'])).toBeGreaterThan(0)
  const heartbeat = JSON.stringify({ runner_id: 'r', state: 'running' })
  expect((await ask(url, '/ingest/heartbeat', { body: heartbeat })).status).toBe(200)
  expect((await ask(url, '/health')).status).toBe(200)

  slow.destroy()
  await until(
    () => ask(url, '/ingest', { body }),
    ({ status }) => status === 200,
  )
})

test('what is shed is counted and logged once in a while, without a stack', async () => {
  const lines: Record<string, unknown>[] = []
  const logger = pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line)) })
  const { app, store, get } = await openApp({ logger, limits: { bytesUnderWay: 2000 } })
  await addModel(store)
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const slow = net.connect((app.server.address() as AddressInfo).port, '127.0.0.1')
  onTestFinished(() => void slow.destroy())
  slow.write(requestHead('Content-Length: 1900\r\n'))
  const body = JSON.stringify(result())
  await until(
    () => ask(url, '/ingest', { body }),
    ({ status }) => status === 503,
  )
  const statuses = await Promise.all(
    Array.from({ length: 100 }, async () => (await ask(url, '/ingest', { body })).status),
  )
  expect(new Set(statuses)).toEqual(new Set([503]))
  const told = lines.filter(({ status }) => status === 503)
  expect(told).toMatchObject([{ level: 30, code: 'overloaded', path: '/ingest', unsaid: 0 }])
  expect(JSON.stringify(lines)).not.toContain('stack')
  expect((await get('/metrics')).body).toContain('llmbench_ingest_problems_total{code="overloaded"} 101')
})

test('a store that is away is told with its reason, once in a while', async () => {
  const lines: Record<string, unknown>[] = []
  const logger = pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line)) })
  const away = createMongoStore('mongodb://127.0.0.1:1/nothing')
  onTestFinished(() => away.close())
  await expect(away.prepare()).rejects.toThrow('did not answer')
  const { post } = await openApp({ logger, store: { ...away, isPrepared: () => true } })
  for (let times = 0; times < 20; times += 1) expect((await post('/ingest', result())).statusCode).toBe(503)
  const told = lines.filter(({ status }) => status === 503)
  expect(told).toMatchObject([{ level: 40, code: 'store_unavailable', unsaid: 0 }])
  expect(told[0]?.['reason']).toContain('The store did not answer while reading the catalogue')
  expect(JSON.stringify(lines)).not.toContain('stack')
})

test('keys that nobody can check are counted against their sender as well', async () => {
  const store = await openStore('sqlite')
  const { app } = await openApp({ store, limits: { failedLoginsPerMinute: 3 } })
  const post = async (key: string) => {
    const headers = { authorization: `Bearer ${key}` }
    const answer = await app.inject({ method: 'POST', url: '/ingest/heartbeat', headers })
    return [answer.statusCode, answer.json().code]
  }
  await store.close()
  const statuses: unknown[] = []
  for (let times = 0; times < 5; times += 1) statuses.push(await post(`a-key-that-is-in-the-store-${times}`))
  const unreadable = [503, 'keys_unreadable']
  const tooMany = [429, 'too_many_requests']
  expect(statuses).toEqual([unreadable, unreadable, unreadable, tooMany, tooMany])
  // A key that needs no store is good all the same.
  expect(await post(KEY)).toEqual([503, 'store_not_ready'])
})
