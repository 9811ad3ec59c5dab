import { readFileSync } from 'node:fs'
import net, { type AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { createSqliteStore } from '../../src/store/sqlite.ts'
import { listen } from '../../src/listening.ts'
import { readResult } from '../../src/documents/result.ts'
import { sha256 } from '../../src/json/canonical.ts'
import { createKeyRing } from '../../src/keys/key-ring.ts'
import { addModel, KEY, openApp, TOKEN } from '../support/app.ts'
import { raw } from '../support/ask.ts'
import { until } from '../support/process.ts'
import { GROQ, legacyResult, result, secondsAgo } from '../support/documents.ts'

test.each([
  ['GET', '/nowhere', 404, 'not_found'],
  ['GET', '/%zz', 400, 'bad_url'],
  ['GET', '/ingest', 405, 'method_not_allowed'],
  ['DELETE', '/health', 405, 'method_not_allowed'],
] as const)('%s %s is a problem with code %s', async (method, url, status, code) => {
  const { app } = await openApp()
  const answer = await app.inject({ method, url })
  expect(answer.statusCode).toBe(status)
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
  expect(answer.json()).toMatchObject({ status, code, retryable: false })
})

const NO_ROUTES = [
  ...String.raw`/ingest:a( /:x( /odata/:S(id=1 /health:x(+) /docs/:x( /livez:a([) /livez:a(a+)+$ /livez:x(?`.split(
    ' ',
  ),
  ...String.raw`/* /** /.* /[a-z]+ /^livez$ /livez| /(livez) /\d /{1,} // /docs/static* /docs/static/:x(`.split(
    ' ',
  ),
  ...'/%28 /:%61( /livez%00 /%2e%2e /LIVEZ/ /__proto__ /constructor /toString'.split(' '),
  `/${'a('.repeat(4000)}`,
  `/${':a'.repeat(4000)}`,
]

test('a path is compared with the routes and never read as a pattern', async () => {
  const { app } = await openApp()
  for (const url of NO_ROUTES) {
    for (const method of ['GET', 'POST', 'DELETE'] as const) {
      const { statusCode } = await app.inject({ method, url })
      const isBelowDocs = url.startsWith('/docs/static/') && method !== 'GET'
      expect(statusCode, `${method} ${url.slice(0, 40)}`).toBe(isBelowDocs ? 405 : 404)
    }
  }
})

test.each([
  ['/ingest', 'PUT', 'POST'],
  ['/ingest?x=1', 'GET', 'POST'],
  ['/health', 'POST', 'GET, HEAD'],
  ['/docs/static/swagger-ui.css', 'DELETE', 'GET, HEAD'],
] as const)('%s says to %s what it takes', async (url, method, allow) => {
  const { app } = await openApp()
  const answer = await app.inject({ method, url })
  expect([answer.statusCode, answer.headers.allow]).toEqual([405, allow])
})

test.each([
  ['two Host headers', 'GET /livez HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', 400],
  ['the same Host twice', 'GET /livez HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n', 400],
  ['no Host in 1.1', 'GET /livez HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
  ['no Host in 1.0', 'GET /livez HTTP/1.0\r\n\r\n', 200],
  ['an expectation', 'GET /livez HTTP/1.1\r\nHost: a\r\nExpect: foo\r\n\r\n', 417],
  ['an expectation that is met', 'GET /livez HTTP/1.0\r\nHost: a\r\nExpect: 100-Continue\r\n\r\n', 200],
])('%s', async (_title, bytes, status) => {
  const { app } = await openApp()
  const { text } = await raw(await app.listen({ port: 0, host: '127.0.0.1' }), bytes)
  expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
  if (status !== 200) expect(text).toContain('application/problem+json')
})

test.each(['gzip', 'x-gzip', 'GZIP', ' X-Gzip '])('a body may be packed as "%s"', async (encoding) => {
  const { store, post } = await openApp()
  await addModel(store)
  const packed = gzipSync(JSON.stringify(result()))
  expect((await post('/ingest', packed, { 'content-encoding': encoding })).statusCode).toBe(200)
})

test.each(['gzip, gzip', 'deflate', 'x-gzip2'])('a body packed as "%s" is 415', async (encoding) => {
  const { post } = await openApp()
  expect((await post('/ingest', '{}', { 'content-encoding': encoding })).statusCode).toBe(415)
})

test('a browser is told to come back by https to this host alone', async () => {
  const { app } = await openApp()
  const { headers } = await app.inject({ url: '/docs/' })
  expect(headers['strict-transport-security']).toBe('max-age=31536000')
})

test('localhost is one address, whose server has every limit', async () => {
  const { app } = await openApp()
  await listen(app, { host: 'localhost', port: 0, named: { host: 'HOST', port: 'PORT' } })
  expect(app.addresses()).toHaveLength(1)
})

test('an idle connection outlives the one that the proxy in front keeps', async () => {
  const { app } = await openApp()
  const caddyfile = readFileSync(new URL('../../../../docker/Caddyfile', import.meta.url), 'utf8')
  const [, minutes] = /^\s*keepalive (\d+)m$/m.exec(caddyfile) ?? []
  expect(app.server.keepAliveTimeout).toBeGreaterThan(Number(minutes) * 60_000 + 1000)
  // Where the proxy says nothing, Caddy's own two minutes.
  expect(app.server.keepAliveTimeout).toBeGreaterThan(121_000)
})

test('bytes that are not HTTP are answered with a problem and a closed connection', async () => {
  const { app } = await openApp()
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  const text = await new Promise<string>((resolve) => {
    let received = ''
    const socket = net.connect(port, '127.0.0.1', () =>
      socket.write('GET /livez HTTP/1.1\r\nno colon\r\n\r\n'),
    )
    socket.on('data', (chunk) => (received += chunk.toString())).on('close', () => resolve(received))
  })
  expect(text).toMatch(/^HTTP\/1.1 400 /)
  expect(text).toContain('"code":"bad_request"')
})

test.each([
  ['Authorization', { authorization: `Bearer ${KEY}` }, 200],
  ['X-API-Key', { 'x-api-key': KEY, authorization: '' }, 200],
  ['bearer', { authorization: `bearer ${KEY}` }, 200],
  ['BEARER', { authorization: `BEARER  ${KEY}` }, 200],
  ['bearer beside the same X-API-Key', { authorization: `bEaReR ${KEY}`, 'x-api-key': KEY }, 200],
  ['another scheme', { authorization: `Basic ${KEY}` }, 401],
  ['both, the same', { authorization: `Bearer ${KEY}`, 'x-api-key': KEY }, 200],
  ['both, not the same', { authorization: `Bearer ${KEY}`, 'x-api-key': TOKEN }, 400],
  ['a wrong key', { authorization: 'Bearer wrong-wrong-wrong-wrong' }, 401],
  ['no key', { authorization: '' }, 401],
  ['a key without the scope', { authorization: `Bearer ${TOKEN}` }, 403],
])('%s on a route that writes', async (_title, headers: Record<string, string>, status) => {
  const { app } = await openApp()
  const sent = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== ''))
  const payload = JSON.stringify({ runner_id: 'r', state: 'idle' })
  const answer = await app.inject({
    method: 'POST',
    url: '/ingest/heartbeat',
    headers: { 'content-type': 'application/json', ...sent },
    payload,
  })
  expect(answer.statusCode).toBe(status)
  if (status === 401) expect(answer.headers['www-authenticate']).toMatch(/^Bearer /)
})

test('a key in the store works until it is revoked, and its runner stands on the row', async () => {
  const { store, post } = await openApp()
  await addModel(store)
  const base = { createdAt: new Date(), expiresAt: null, revokedAt: null, scopes: ['results:write'] }
  await store.addKey({ ...base, id: 'k', digest: sha256('llmb_stored'), runner: 'frankfurt-1' })
  const authorization = 'Bearer llmb_stored'
  expect((await post('/ingest', result(), { authorization })).statusCode).toBe(200)
  await store.revokeKey('k', new Date())
  const refused = await until(
    () => post('/ingest', result(), { authorization }),
    (answer) => answer.statusCode !== 200,
  )
  expect(refused.statusCode).toBe(401)
})

test('a document resent when it is too old to be taken in is a duplicate if it is in', async () => {
  const { store, post } = await openApp()
  await addModel(store)
  const body = result({ run_ts: secondsAgo(120 * 86_400).toISOString() })
  expect((await post('/ingest', body)).statusCode).toBe(422)
  const read = readResult(
    { value: body, faults: [] },
    { now: secondsAgo(100 * 86_400), runnerId: 'r', publishedProfiles: new Set() },
  )
  if ('faults' in read) throw new Error(JSON.stringify(read.faults))
  await store.writeResults([read.row])
  expect((await post('/ingest', body)).json()).toMatchObject({ verdict: 'duplicate' })
  const batch = { batch_id: 'b', items: [{ kind: 'result', ...body }] }
  expect((await post('/ingest/batch', batch)).json().results).toMatchObject([{ verdict: 'duplicate' }])
  expect((await post('/ingest', { ...body, output_tokens: -1 })).statusCode).toBe(422)
})

test('ten thousand wrong keys cost the store one look and leave a good key as fast as before', async () => {
  let looks = 0
  const ring = createKeyRing({
    listKeys: async () => {
      looks += 1
      return []
    },
  })
  const began = performance.now()
  for (let tries = 0; tries < 10_000; tries += 1) expect(await ring.find(sha256(String(tries)))).toBeNull()
  expect(looks).toBeLessThanOrEqual(1 + (performance.now() - began) / 1000)
})

test('a key that cannot be looked up is 503 and never 401', async () => {
  const { post } = await openApp({ store: createSqliteStore('/nonexistent/never-opened.sqlite') })
  const answer = await post('/ingest', result(), { authorization: 'Bearer llmb_stored' })
  expect(answer.statusCode).toBe(503)
  expect(answer.json()).toMatchObject({ code: 'keys_unreadable', retryable: true })
})

test('too many bad keys from an address are 429, while a good one still gets in', async () => {
  const { store, post } = await openApp({ limits: { failedLoginsPerMinute: 3 } })
  await addModel(store)
  const codes = []
  for (let tries = 0; tries < 5; tries += 1) {
    codes.push((await post('/ingest', {}, { authorization: `Bearer wrong-wrong-wrong-${tries}` })).statusCode)
  }
  expect(codes).toEqual([401, 401, 401, 429, 429])
  expect((await post('/ingest', result())).statusCode).toBe(200)
})

test('a flood of results does not silence the heartbeats of the same key', async () => {
  const { store, post } = await openApp({ limits: { requestsPerMinute: 2 } })
  await addModel(store)
  const codes = []
  for (let tries = 0; tries < 3; tries += 1) codes.push((await post('/ingest', result())).statusCode)
  expect(codes).toEqual([200, 200, 429])
  expect((await post('/ingest/heartbeat', { runner_id: 'r', state: 'running' })).statusCode).toBe(200)
})

test('a worklist is sorted by display name, then id, and tells what it leaves out', async () => {
  const { store, get } = await openApp()
  const add = (modelId: string, displayName: string, quirks = {}) =>
    store.addModel(
      { provider: 'bedrock', modelId, displayName, quirks },
      { action: 'add', at: new Date(), actor: 'test', reason: null },
    )
  await add('mistral.mistral-small-2402-v1:0', 'Twin')
  await add('mistral.mistral-large-2402-v1:0', 'Twin', { omit_temperature: true })
  await add('amazon.nova-pro-v1:0', 'Nova Pro')
  await add('anthropic.claude-3-5-haiku-20241022-v1:0', 'Bare')
  const answer = await get('/runner-config?provider=bedrock')
  const body = answer.json()
  expect(body).toMatchObject({ schema_version: 1, provider: 'bedrock', interval_minutes: 30 })
  expect(body.models).toEqual([
    'amazon.nova-pro-v1:0',
    'mistral.mistral-large-2402-v1:0',
    'mistral.mistral-small-2402-v1:0',
  ])
  expect(body.model_metadata['mistral.mistral-large-2402-v1:0']).toEqual({ omit_temperature: true })
  expect(body.rejected).toMatchObject([{ suggestion: 'us.anthropic.claude-3-5-haiku-20241022-v1:0' }])

  const etag = String(answer.headers.etag)
  const unchanged = await get('/runner-config?provider=bedrock', { 'if-none-match': `"x", W/${etag}` })
  expect(unchanged.statusCode).toBe(304)
  expect(unchanged.body).toBe('')
  const health = await get('/health')
  expect(health.json().rejected_models).toMatchObject([{ provider: 'bedrock' }])
})

test('health tells null of what never was, and counts runners by their last state', async () => {
  const { store, get, post } = await openApp()
  await addModel(store)
  expect((await get('/health')).json()).toMatchObject({
    status: 'ok',
    newest_result_age_seconds: null,
    runners: {},
  })
  await post('/ingest', legacyResult())
  await post('/ingest/heartbeat', { runner_id: 'a', state: 'running' })
  const silent = { runnerId: 'b', state: 'running', receivedAt: secondsAgo(600), document: {} }
  await store.writeHeartbeat(silent)
  const { newest_result_age_seconds: age, runners } = (await get('/health')).json()
  expect(age).toBeGreaterThan(50)
  expect(age).toBeLessThan(90)
  expect(runners).toEqual({ running: 1, silent: 1 })
})

test('a success ends a streak of failures, and the ingest’s own refusals are none', async () => {
  const { store, post, bookkeepingDone } = await openApp()
  await addModel(store)
  const failure = (seconds: number, stage = 'generate') => ({
    provider: GROQ.provider,
    model_name: GROQ.modelId,
    ts: secondsAgo(seconds).toISOString(),
    stage,
    message: 'no',
    exc_type: null,
    error_kind: 'network',
  })
  await post('/ingest/error', failure(200))
  await post('/ingest', result())
  await post('/ingest/error', failure(20))
  await post('/ingest/error', failure(10, 'ingest'))
  await bookkeepingDone()
  expect(await store.readModelFacts([GROQ], new Date())).toMatchObject([
    { failuresSinceSuccess: 1, failures24h: 2, successes24h: 1 },
  ])
  const since = { active: secondsAgo(60), disabled: secondsAgo(60), until: secondsAgo(-60) }
  expect(await store.findDueHealth(since)).toEqual({ due: [], orphaned: [] })
})
