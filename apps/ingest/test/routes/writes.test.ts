import { randomUUID } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { addModel, openApp } from '../support/app.ts'
import { GROQ, legacyError, legacyResult, result } from '../support/documents.ts'
import { failNextCommand } from '../support/fail-point.ts'
import { openBesideClient, openStore, STORE_KINDS } from '../support/stores.ts'

const item = (document: Record<string, unknown>, kind = 'result') => ({
  kind,
  result_id: randomUUID(),
  ...document,
})
const batch = (items: unknown) => ({ batch_id: 'batch-1', items })

test.each(STORE_KINDS)('one batch holds results and errors and gives each its verdict (%s)', async (kind) => {
  const { store, post } = await openApp({ store: await openStore(kind) })
  await addModel(store)
  const known = item(legacyResult())
  await post('/ingest/batch', batch([known]))
  const answer = await post(
    '/ingest/batch',
    batch([
      item(legacyResult()),
      known,
      { ...known, temperature: 0.9 },
      item(legacyResult({ model_name: 'nobody' })),
      item(legacyResult({ output_tokens: -1 })),
      item(legacyError(), 'error'),
      null,
    ]),
  )
  expect(answer.statusCode).toBe(200)
  const { results, counts, batch_id } = answer.json()
  expect(results.map((each: { verdict: string }) => each.verdict)).toEqual([
    'created',
    'duplicate',
    'conflict',
    'rejected',
    'invalid',
    'created',
    'invalid',
  ])
  expect(counts).toEqual({ created: 2, duplicate: 1, rejected: 1, conflict: 1, invalid: 2 })
  expect(batch_id).toBe('batch-1')
  expect(results[4].errors).toEqual([{ pointer: '/output_tokens', detail: expect.any(String) }])
})

test('a batch with one item undecided is 503, and its resend says what became of each', async () => {
  const { client, store } = openBesideClient()
  await store.prepare()
  await addModel(store)
  const { post } = await openApp({ store })
  const body = batch([item(legacyResult()), item(legacyError(), 'error')])
  const writeConcernError = { code: 64, errmsg: 'waiting for replication timed out' }
  const namespace = `${client.db().databaseName}.errors_cloud`
  await failNextCommand(client, { failCommands: ['insert'], namespace, writeConcernError })
  const refused = await post('/ingest/batch', body)
  expect(refused.statusCode).toBe(503)
  expect(refused.json()).toMatchObject({ code: 'undecided', retryable: true })
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
  expect((await post('/ingest/batch', body)).json().counts).toMatchObject({ duplicate: 2 })
})

test('a resend stays a duplicate when the model was disabled after the first answer got lost', async () => {
  const { store, post } = await openApp()
  await addModel(store)
  const body = result()
  await post('/ingest', body)
  const change = { action: 'disable', at: new Date(), actor: 'test', reason: 'a test' } as const
  await store.changeModel(GROQ, { enabled: false }, change)
  expect((await post('/ingest', body)).json()).toMatchObject({ verdict: 'duplicate' })
  const another = await post('/ingest', result())
  expect(another.statusCode).toBe(202)
  expect(another.json()).toMatchObject({ status: 'rejected', code: 'model_disabled' })
})

test('one posted alone and again in a batch is one document', async () => {
  const { store, post } = await openApp()
  await addModel(store)
  const body = legacyResult()
  const alone = (await post('/ingest', body)).json()
  const again = (await post('/ingest/batch', batch([{ kind: 'result', ...body }]))).json()
  expect(again.results).toEqual([{ result_id: alone.result_id, verdict: 'duplicate' }])
})

test('another content under the same id is a 409 that is not to be tried again', async () => {
  const { store, post } = await openApp()
  await addModel(store)
  const body = result()
  await post('/ingest', body)
  const answer = await post('/ingest', { ...body, temperature: 0.5 })
  expect(answer.statusCode).toBe(409)
  expect(answer.json()).toMatchObject({ code: 'conflict', retryable: false })
})

test('a fault of the text costs its own item and no other', async () => {
  const { store, post } = await openApp()
  await addModel(store)
  const good = JSON.stringify(item(legacyResult()))
  const bad = [
    good.replace('"output_tokens":64', '"output_tokens":64,"output_tokens":65'),
    good.replace('"generate_time":1.28', '"generate_time":1e400'),
    good.replace('"misc":{}', `"deep":${'['.repeat(16)}${']'.repeat(16)}`),
  ]
  const answer = await post(
    '/ingest/batch',
    `{"batch_id":"b","items":[${[bad[0], good, bad[1], bad[2]].join(',')}]}`,
  )
  expect(answer.json().results.map((each: { verdict: string }) => each.verdict)).toEqual([
    'invalid',
    'created',
    'invalid',
    'invalid',
  ])
})

test('fields that cannot be kept are named and do not cost the row', async () => {
  const { store, post } = await openApp()
  await addModel(store)
  const text = JSON.stringify(legacyResult({ kept: 'yes', list: [1] })).replace(
    /^\{/,
    '{"__proto__":{"polluted":1},"half":"\\ud800",',
  )
  const answer = await post('/ingest', text)
  expect(answer.json()).toMatchObject({ verdict: 'created' })
  expect(answer.json().dropped_fields.toSorted()).toEqual(['__proto__', 'half', 'list'])
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
})

const SMALL = { bodyBytes: 4000, decodedBytes: 8000, batchItems: 3, itemBytes: 2000, nesting: 8 }
const oneItem = () => JSON.stringify(batch([item(legacyResult())]))
const padded = (bytes: number): string => oneItem().padEnd(bytes, ' ')
const sized = (bytes: number): Record<string, unknown> => {
  const document = legacyResult({ times_between_tokens: [], request_mode: '' })
  const gaps = Array.from({ length: 300 }, () => 0.01)
  const room = bytes - JSON.stringify({ ...document, times_between_tokens: gaps }).length
  return { ...document, times_between_tokens: gaps, request_mode: 'x'.repeat(room) }
}
const nested = (depth: number) =>
  legacyResult({ deep: JSON.parse('['.repeat(depth - 1) + ']'.repeat(depth - 1)) })
const gzip = { 'content-encoding': 'gzip' }

test.each([
  ['body', (over: number) => ['/ingest/batch', padded(SMALL.bodyBytes + over), {}] as const, 413],
  [
    'decoded body',
    (over: number) => ['/ingest/batch', gzipSync(padded(SMALL.decodedBytes + over)), gzip] as const,
    413,
  ],
  ['document', (over: number) => ['/ingest', sized(SMALL.itemBytes + over), {}] as const, 413],
  ['nesting', (over: number) => ['/ingest', nested(SMALL.nesting + over), {}] as const, 400],
  [
    'number of items',
    (over: number) =>
      [
        '/ingest/batch',
        batch(Array.from({ length: SMALL.batchItems + over }, () => item({ a: 1 }))),
        {},
      ] as const,
    413,
  ],
])('the limit of the %s holds at one below, at, and one above', async (_title, request, refusal) => {
  const { store, post } = await openApp({ limits: SMALL })
  await addModel(store)
  const codes = []
  for (const over of [-1, 0, 1])
    codes.push((await post(...(request(over) as [string, unknown, Record<string, string>]))).statusCode)
  expect(codes).toEqual([200, 200, refusal])
})

test('a gzip bomb is refused without unfolding it', async () => {
  const { post } = await openApp()
  const bomb = gzipSync(Buffer.alloc(256 << 20, 0x20))
  const before = process.memoryUsage().arrayBuffers
  const answer = await post('/ingest/batch', bomb, gzip)
  expect(answer.statusCode).toBe(413)
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 << 20)
})

test('a listing keeps the provider’s own words, except keys a database would act on', async () => {
  const { post } = await openApp()
  const models = [{ model_id: 'm', name: 'M', raw: { contextLength: 2 ** 60, $where: '1', 'a.b': 1 } }]
  const answer = await post('/ingest/catalog', {
    provider: 'groq',
    models,
    pagination_complete: true,
    started_at: null,
  })
  expect(answer.json()).toEqual({
    status: 'accepted',
    raw_count: 1,
    new_count: 1,
    dropped_fields: ['/models/0/raw/$where', '/models/0/raw/a.b'],
  })
})
