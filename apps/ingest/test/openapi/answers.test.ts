import { randomUUID } from 'node:crypto'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import type { LightMyRequestResponse } from 'fastify'
import { beforeAll, expect, test } from 'vitest'
import { createOpenApiDocument } from '../../src/openapi/document.ts'
import { createSqliteStore } from '../../src/store/sqlite.ts'
import { addModel, openApp, TOKEN, type TestApp } from '../support/app.ts'
import { legacyError, legacyResult, result } from '../support/documents.ts'

const document = createOpenApiDocument('0.0.0', { batchItems: 500 })
const ajv = new Ajv2020({ strict: false, allErrors: true })
beforeAll(() => {
  addFormats.default(ajv)
  ajv.addSchema(document, 'openapi')
})

const escaped = (step: string): string => step.replaceAll('~', '~0').replaceAll('/', '~1')

/** Faults of an answer against what the document says of this route and status; an undocumented one is a fault too. */
function faultsOf(path: string, method: string, answer: LightMyRequestResponse): unknown {
  const type = String(answer.headers['content-type']).split(';', 1)[0] ?? ''
  const at = ['paths', path, method, 'responses', String(answer.statusCode), 'content', type, 'schema']
  const validate = ajv.getSchema(`openapi#/${at.map(escaped).map(encodeURIComponent).join('/')}`)
  if (validate === undefined) return `${method} ${path} ${answer.statusCode} ${type} is not in the document`
  return validate(answer.json()) ? null : validate.errors
}

type Case = readonly [status: number, path: string, ask: (test: TestApp) => Promise<LightMyRequestResponse>]
const known = result()
const batch = {
  batch_id: 'b',
  items: [
    { kind: 'result', ...result() },
    { kind: 'result', ...result({ model_name: 'nobody' }) },
    { kind: 'result', ...legacyResult({ list: [1], result_id: randomUUID() }) },
    { kind: 'result', ...result({ output_tokens: -1 }) },
    { kind: 'error', ...legacyError() },
    null,
  ],
}
const listing = {
  provider: 'groq',
  models: [{ model_id: 'm', name: null, raw: { a: 1 } }],
  pagination_complete: true,
}
const heartbeat = { runner_id: 'r', state: 'idle' }

const CASES: readonly Case[] = [
  [200, '/ingest', ({ post }) => post('/ingest', known)],
  [200, '/ingest', ({ post }) => post('/ingest', legacyResult({ $unsafe: 1 }))],
  [202, '/ingest', ({ post }) => post('/ingest', result({ model_name: 'nobody' }))],
  [400, '/ingest', ({ post }) => post('/ingest', '{')],
  [401, '/ingest', ({ post }) => post('/ingest', {}, { authorization: 'Bearer wrong-wrong-wrong' })],
  [403, '/ingest', ({ post }) => post('/ingest', {}, { authorization: `Bearer ${TOKEN}` })],
  [413, '/ingest', ({ post }) => post('/ingest', { ...known, pad: 'x'.repeat(70_000) })],
  [415, '/ingest', ({ post }) => post('/ingest', 'x', { 'content-type': 'text/plain' })],
  [422, '/ingest', ({ post }) => post('/ingest', {})],
  [200, '/ingest/batch', ({ post }) => post('/ingest/batch', batch)],
  [422, '/ingest/batch', ({ post }) => post('/ingest/batch', { batch_id: 'b', items: [] })],
  [200, '/ingest/error', ({ post }) => post('/ingest/error', legacyError())],
  [422, '/ingest/error', ({ post }) => post('/ingest/error', {})],
  [200, '/ingest/catalog', ({ post }) => post('/ingest/catalog', listing)],
  [422, '/ingest/catalog', ({ post }) => post('/ingest/catalog', {})],
  [200, '/ingest/heartbeat', ({ post }) => post('/ingest/heartbeat', heartbeat)],
  [422, '/ingest/heartbeat', ({ post }) => post('/ingest/heartbeat', {})],
  [200, '/runner-config', ({ get }) => get('/runner-config?provider=groq')],
  [400, '/runner-config', ({ get }) => get('/runner-config')],
  [401, '/runner-config', ({ get }) => get('/runner-config?provider=groq', { authorization: '' })],
  [200, '/health', ({ get }) => get('/health')],
  [200, '/livez', ({ get }) => get('/livez')],
  [200, '/readyz', ({ get }) => get('/readyz')],
  [200, '/openapi.json', ({ get }) => get('/openapi.json')],
]

test.each(CASES)('the answer %d of %s is as the document says', async (status, path, ask) => {
  const api = await openApp()
  await addModel(api.store)
  const answer = await ask(api)
  expect(answer.statusCode).toBe(status)
  expect(faultsOf(path, answer.raw.req.method === 'POST' ? 'post' : 'get', answer)).toBeNull()
})

test.each([
  ['/ingest', result()],
  ['/ingest/batch', batch],
  ['/ingest/error', legacyError()],
  ['/ingest/catalog', listing],
  ['/ingest/heartbeat', heartbeat],
] as const)('a store that is not there makes %s a documented 503', async (path, body) => {
  const { post } = await openApp({ store: createSqliteStore('/nonexistent/never-opened.sqlite') })
  const answer = await post(path, body)
  expect(answer.statusCode).toBe(503)
  expect(answer.headers['retry-after']).toBeDefined()
  expect(faultsOf(path, 'post', answer)).toBeNull()
})

test.each(['/health', '/readyz'])('%s tells of a store that is not there as documented', async (path) => {
  const { get } = await openApp({ store: createSqliteStore('/nonexistent/never-opened.sqlite') })
  const answer = await get(path)
  expect(answer.statusCode).toBe(503)
  expect(faultsOf(path, 'get', answer)).toBeNull()
})

test('a conflict and a flood are told as documented', async () => {
  const { store, post } = await openApp({ limits: { requestsPerMinute: 2 } })
  await addModel(store)
  const body = result()
  await post('/ingest', body)
  const conflict = await post('/ingest', { ...body, temperature: 0.5 })
  const flood = await post('/ingest', body)
  expect([conflict.statusCode, flood.statusCode]).toEqual([409, 429])
  expect([faultsOf('/ingest', 'post', conflict), faultsOf('/ingest', 'post', flood)]).toEqual([null, null])
})

test('every example of a request in the document is one that its schema takes', () => {
  for (const [path, operations] of Object.entries(document.paths ?? {})) {
    const content = operations.post?.requestBody
    const body = content && 'content' in content ? content.content['application/json'] : undefined
    if (body === undefined || !('examples' in body)) continue
    const at = `openapi#/paths/${encodeURIComponent(escaped(path))}/post/requestBody/content/application~1json/schema`
    const validate = ajv.getSchema(at)
    for (const example of Object.values(body.examples as Record<string, { value: unknown }>)) {
      expect([path, validate?.(example.value), validate?.errors]).toEqual([path, true, null])
    }
  }
})
