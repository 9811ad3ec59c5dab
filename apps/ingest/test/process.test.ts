import { writeFileSync } from 'node:fs'
import net from 'node:net'
import { join } from 'node:path'
import { MongoClient } from 'mongodb'
import { expect, test } from 'vitest'
import { createSqliteStore } from '../src/store/sqlite.ts'
import { GROQ, result } from './support/documents.ts'
import {
  KEY,
  post,
  runCommand,
  SECRETS,
  startService,
  startWithModel,
  TOKEN,
  until,
} from './support/process.ts'
import { hostOf, insertInto, openRelay, relayedUri } from './support/relay.ts'
import { freshMongodbUri, scratchFolder, storeEnvironment } from './support/stores.ts'

const addGroqModel = async (environment: Record<string, string>): Promise<void> => {
  const added = await runCommand('models/main.ts', ['add', GROQ.provider, GROQ.modelId], environment)
  expect(added).toMatchObject({ code: 0 })
}

test.each([
  ['killed after the row was written, the resend is a duplicate', 'metrics_cloud_v2', 'duplicate'],
  ['killed after the claim but before the row, the resend is created', 'result_ids', 'created'],
])('%s', async (_title, collection, verdict) => {
  const uri = freshMongodbUri()
  await addGroqModel({ MONGODB_URI: uri })
  const relay = await openRelay(hostOf(uri))
  const first = await startService({ MONGODB_URI: relayedUri(uri, relay) })
  const client = new MongoClient(uri)
  const rows = client.db().collection(collection)
  try {
    const body = result()
    const written = relay.holdRepliesAfter(insertInto(collection))
    const unanswered = post(first, '/ingest', body).then(
      () => 'answered',
      () => 'no answer',
    )
    await written
    await until(
      () => rows.countDocuments({}),
      (count) => count === 1,
    )
    first.child.kill('SIGKILL')
    expect(await unanswered).toBe('no answer')

    const second = await startService({ MONGODB_URI: uri })
    expect(await (await post(second, '/ingest', body)).json()).toMatchObject({ verdict })
    expect(await client.db().collection('metrics_cloud_v2').countDocuments({})).toBe(1)
  } finally {
    await client.close()
  }
})

test('killed before its answer was read, the SQLite store still knows the row', async () => {
  const environment = storeEnvironment('sqlite')
  await addGroqModel(environment)
  const first = await startService(environment)
  const body = result()
  const { port } = new URL(first.url)
  const text = JSON.stringify(body)
  const socket = net
    .connect(Number(port), '127.0.0.1')
    .on('error', () => undefined)
    .pause()
  socket.write(
    `POST /ingest HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${KEY}\r\ncontent-type: application/json\r\n` +
      `content-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  )
  const reader = createSqliteStore(environment['STORE_PATH'] ?? '')
  await reader.prepare()
  await until(
    () => reader.newestPublishedAt(),
    (at) => at !== null,
  )
  first.child.kill('SIGKILL')
  await first.exited
  await reader.close()

  const second = await startService(environment)
  expect(await (await post(second, '/ingest', body)).json()).toMatchObject({ verdict: 'duplicate' })
})

test('lives without its database, is not ready, and recovers by itself when the database comes', async () => {
  const uri = freshMongodbUri()
  const relay = await openRelay(hostOf(uri))
  relay.cut()
  const service = await startService({ MONGODB_URI: relayedUri(uri, relay) })
  expect((await fetch(`${service.url}/livez`)).status).toBe(200)
  expect((await fetch(`${service.url}/readyz`)).status).toBe(503)
  const health = await fetch(`${service.url}/health`)
  expect(await health.json()).toMatchObject({
    store: { reachable: false },
    newest_result_age_seconds: null,
    runners: null,
  })
  const refused = await post(service, '/ingest', result())
  expect(refused.status).toBe(503)
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)

  relay.restore()
  await until(
    () => fetch(`${service.url}/readyz`),
    (answer) => answer.status === 200,
  )
  await addGroqModel({ MONGODB_URI: uri })
  expect(await (await post(service, '/ingest', result())).json()).toMatchObject({ verdict: 'created' })

  relay.cut()
  expect((await post(service, '/ingest', result())).status).toBe(503)
  relay.restore()
  await until(
    () => post(service, '/ingest', result()),
    (answer) => answer.status === 200,
  )
})

test('SIGTERM ends it with code 0 within 5 s, idle sockets and silent ones open', async () => {
  const service = await startService(storeEnvironment('sqlite'))
  const { port } = new URL(service.url)
  const open = (first: string): Promise<net.Socket> =>
    new Promise((resolve) => {
      const socket = net.connect(Number(port), '127.0.0.1', () => {
        if (first === '') return resolve(socket)
        socket.write(first)
        socket.once('data', () => resolve(socket))
        return undefined
      })
      socket.on('error', () => undefined)
    })
  await Promise.all([open(''), open('GET /livez HTTP/1.1\r\nhost: x\r\n\r\n')])
  const began = performance.now()
  service.child.kill('SIGTERM')
  expect(await service.exited).toMatchObject({ code: 0 })
  expect(performance.now() - began).toBeLessThan(5000)
})

test('a taken port is one clear sentence and exit code 1', async () => {
  const service = await startService(storeEnvironment('sqlite'))
  const { port } = new URL(service.url)
  const second = await runCommand('main.ts', [], { ...SECRETS, ...storeEnvironment('sqlite'), PORT: port })
  expect(second.code).toBe(1)
  expect(second.stderr).toContain(`Cannot listen on 127.0.0.1:${port}: the port is taken`)
})

test('a start without good secrets is refused with exit code 2, naming the variable and not the value', async () => {
  const short = await runCommand('main.ts', [], { INGEST_API_KEY: 'tooshort123', RUNNER_CONFIG_TOKEN: TOKEN })
  expect(short.code).toBe(2)
  expect(short.stderr).toContain('INGEST_API_KEY')
  expect(short.stderr).not.toContain('tooshort123')
})

test('SIGHUP reads a key file again, and keeps the old keys when the file is no good', async () => {
  const file = join(scratchFolder(), 'keys')
  writeFileSync(file, `${KEY}\n`)
  const service = await startService({
    ...storeEnvironment('sqlite'),
    INGEST_API_KEY: '',
    INGEST_API_KEY_FILE: file,
  })
  const reload = async (content: string, line: string): Promise<void> => {
    writeFileSync(file, content)
    service.child.kill('SIGHUP')
    await until(
      async () => service.stderr(),
      (log) => log.includes(line),
    )
  }
  const status = async (): Promise<number> =>
    (await post(service, '/ingest/heartbeat', { runner_id: 'r', state: 'idle' })).status
  await reload('short', 'Secrets kept as they were')
  expect(await status()).toBe(200)
  await reload('another-key-of-the-test-run', 'Secrets read again')
  await until(status, (code) => code === 401)
  expect(service.stderr()).not.toContain(KEY)
})

test('the log of a request has its id, its runner and its verdicts, and no secret', async () => {
  const service = await startWithModel({ ...storeEnvironment('sqlite'), LOG_LEVEL: 'debug' })
  expect((await post(service, '/ingest', result())).status).toBe(200)
  const log = await until(
    async () => service.stderr(),
    (text) => text.includes('"path":"/ingest"'),
  )
  const line = log.split('\n').find((each) => each.includes('"path":"/ingest"'))
  expect(JSON.parse(line ?? '')).toMatchObject({
    reqId: expect.any(String),
    runner: 'shared-key',
    verdicts: { created: 1 },
  })
  expect(log).not.toContain(KEY)
  expect(log).not.toContain(TOKEN)
})

test.each([
  ['TRUSTED_PROXIES', '0.0.0.0/0', {}],
  ['HOST', 'nope.invalid', {}],
  ['METRICS_HOST', 'nope.invalid', { METRICS_PORT: '0' }],
])('a start with %s=%s is refused with exit code 2 and one sentence', async (variable, value, more) => {
  const environment = { ...SECRETS, ...storeEnvironment('sqlite'), PORT: '0', [variable]: value, ...more }
  const refused = await runCommand('main.ts', [], environment)
  expect(refused.code).toBe(2)
  expect(refused.stderr).toMatch(new RegExp(`^ingest: ${variable} must be .+\n$`, 'm'))
  expect(refused.stderr).not.toMatch(/\n? +at /)
})
