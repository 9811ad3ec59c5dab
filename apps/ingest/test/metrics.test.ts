import { expect, test } from 'vitest'
import { createMetrics } from '../src/metrics.ts'
import { countAttempts } from '../src/store/count-attempts.ts'
import { observeStore } from '../src/store/observe-store.ts'
import { addModel, openApp } from './support/app.ts'
import { GROQ, legacyError, legacyResult, result } from './support/documents.ts'
import { openStore, STORE_KINDS } from './support/stores.ts'

test.each(STORE_KINDS)('metrics tell requests, verdicts, ages and runners (%s)', async (kind) => {
  const { store, post, get, bookkeepingDone } = await openApp({ store: await openStore(kind) })
  await addModel(store)
  const body = result()
  for (const document of [body, body, result({ model_name: 'nobody' })]) await post('/ingest', document)
  await post('/ingest/error', legacyError())
  await post('/ingest/heartbeat', { runner_id: 'r', state: 'running', outbox_depth: 7, dead_letters: 0 })
  const calibration = { passed: false, first_token_p99_ms: 7.5 }
  await post('/ingest/heartbeat', { runner_id: 'off', state: 'running', calibration })
  await post('/ingest/heartbeat', { runner_id: 'gone', state: 'stopped', outbox_oldest_age_seconds: 90 })
  await bookkeepingDone()
  const { body: text } = await get('/metrics')
  const value = (line: string): number =>
    Number(
      text
        .split('\n')
        .find((each) => each.startsWith(line))
        ?.split(' ')
        .at(-1),
    )
  expect(value('llmbench_ingest_requests_total{method="POST",route="/ingest",code="200"}')).toBe(2)
  expect(value('llmbench_ingest_requests_total{method="POST",route="/ingest",code="202"}')).toBe(1)
  expect(value('llmbench_ingest_items_total{verdict="created"}')).toBe(2)
  expect(value('llmbench_ingest_items_total{verdict="duplicate"}')).toBe(1)
  expect(value('llmbench_ingest_items_total{verdict="rejected"}')).toBe(1)
  expect(value('llmbench_ingest_queue_depth')).toBe(0)
  expect(value('llmbench_ingest_bytes_under_way')).toBe(0)
  expect(value('llmbench_ingest_runners{state="running"}')).toBe(2)
  expect(value('llmbench_ingest_runner_calibration_passed{runner="off"}')).toBe(0)
  expect(value('llmbench_ingest_runner_calibration_p99_seconds{runner="off"}')).toBe(0.0075)
  expect(text).not.toContain('llmbench_ingest_runner_calibration_passed{runner="r"}')
  expect(value('llmbench_ingest_runner_outbox_depth{runner="r"}')).toBe(7)
  expect(value('llmbench_ingest_runner_dead_letters{runner="r"}')).toBe(0)
  expect(value('llmbench_ingest_runner_outbox_oldest_age_seconds{runner="gone"}')).toBe(90)
  expect(value('llmbench_ingest_runner_heartbeat_age_seconds{runner="r"}')).toBeLessThan(30)
  // What a runner did not say is unknown, not 0; one that said it stopped is not waited for.
  expect(text).not.toContain('llmbench_ingest_runner_config_age_seconds{')
  expect(text).not.toContain('llmbench_ingest_runner_heartbeat_age_seconds{runner="gone"}')
  expect(value(`llmbench_ingest_models{provider="${GROQ.provider}",freshness="fresh"}`)).toBe(1)
  const age = value(`llmbench_ingest_newest_result_age_seconds{provider="${GROQ.provider}"}`)
  expect(age).toBeGreaterThanOrEqual(60)
  expect(age).toBeLessThan(90)
})

test.each(STORE_KINDS)(
  'a provider whose models are all disabled has no age and no count (%s)',
  async (kind) => {
    const { store, post, get, bookkeepingDone } = await openApp({ store: await openStore(kind) })
    await addModel(store)
    await post('/ingest', result())
    const change = { action: 'disable', at: new Date(), actor: 'test', reason: 'retired' } as const
    await store.changeModel(GROQ, { enabled: false }, change)
    await bookkeepingDone()
    const { body: text } = await get('/metrics')
    expect(text).not.toContain('llmbench_ingest_newest_result_age_seconds{')
    expect(text).not.toContain('llmbench_ingest_models{')
  },
)

test.each(STORE_KINDS)('an attempt is counted once, by what became of it (%s)', async (kind) => {
  const counts: string[] = []
  const store = countAttempts(await openStore(kind), (...attempt) => counts.push(attempt.join(' ')))
  const { post } = await openApp({ store })
  await addModel(store)
  const published = result()
  for (const document of [published, published, result({ benchmark_profile_id: 'cloud-long-v1' })])
    expect((await post('/ingest', document)).statusCode).toBe(200)
  await post('/ingest/error', legacyError())
  // What the predecessor reports after a refused result is no failure of the provider's.
  await post('/ingest/error', legacyError({ stage: 'ingest' }))
  expect(counts).toEqual(['groq published', 'groq unpublished', 'groq failed'])
})

const valueIn = (text: string, series: string): number => {
  const line = text.split('\n').find((each) => each.startsWith(`${series} `))
  return Number(line?.slice(series.length + 1))
}
const items = (verdict: string): string => `llmbench_ingest_items_total{verdict="${verdict}"}`

test('every verdict is 0 before its first document', async () => {
  const { get } = await openApp()
  const text = (await get('/metrics')).body
  for (const verdict of ['created', 'duplicate', 'rejected', 'conflict', 'invalid', 'dropped_fields'])
    expect(valueIn(text, items(verdict)), verdict).toBe(0)
})

test('a document that is refused for good is counted, sent alone or in a batch, whatever refused it', async () => {
  const { store, post, get } = await openApp({ limits: { itemBytes: 2000 } })
  await addModel(store)
  const bad = result({ output_tokens: -1 })
  const refused: readonly [path: string, body: unknown, headers?: Record<string, string>][] = [
    ['/ingest', bad],
    ['/ingest/error', legacyError({ stage: 7 })],
    ['/ingest', legacyResult({ run_ts: '2020-01-01 00:00:00' })],
    ['/ingest', '{"provider":'],
    ['/ingest', '{"provider":"a","provider":"b"}'],
    ['/ingest', { ...result(), pad: 'x'.repeat(3000) }],
    ['/ingest', 'x', { 'content-type': 'text/plain' }],
    ['/ingest/batch', { batch_id: 'b', items: [{ kind: 'result', ...bad }] }],
    ['/ingest/batch', { batch_id: 'b' }],
  ]
  for (const [path, body, headers] of refused) {
    const { statusCode } = await post(path, body, headers)
    expect([200, 400, 413, 415, 422], path).toContain(statusCode)
  }
  // Whoever has no key has sent no document, and what passes is refused for now alone.
  await post('/ingest', bad, { authorization: 'Bearer of-nobody-at-all' })
  expect((await post('/ingest', result())).statusCode).toBe(200)
  const { body: text } = await get('/metrics')
  expect(valueIn(text, items('invalid'))).toBe(refused.length)
  expect(valueIn(text, items('created'))).toBe(1)
  expect(valueIn(text, 'llmbench_ingest_problems_total{code="invalid_document"}')).toBe(4)
  expect(valueIn(text, 'llmbench_ingest_problems_total{code="bad_key"}')).toBe(1)
})

test('scrapes at one time tell the same, and cost the store what one costs', async () => {
  const asked = new Map<string, number>()
  const store = observeStore(await openStore('mongodb'), (operation, work) => {
    asked.set(operation, (asked.get(operation) ?? 0) + 1)
    return work()
  })
  const { post, get } = await openApp({ store })
  for (const runner of ['a', 'b', 'c'])
    await post('/ingest/heartbeat', { runner_id: runner, state: 'running' })
  asked.clear()
  const scrapes = await Promise.all(Array.from({ length: 100 }, () => get('/metrics')))
  expect(scrapes.map(({ body }) => valueIn(body, 'llmbench_ingest_runners{state="running"}'))).toEqual(
    scrapes.map(() => 3),
  )
  expect(Object.fromEntries(asked)).toEqual({ countFreshness: 1, newestByProvider: 1, listRunners: 1 })
})

test.each(['/readyz', '/health'])('a flood of %s asks the store a few questions at a time', async (path) => {
  const asked = new Map<string, number>()
  const store = observeStore(await openStore('mongodb'), (operation, work) => {
    asked.set(operation, (asked.get(operation) ?? 0) + 1)
    return work()
  })
  const { get } = await openApp({ store })
  await get(path)
  const answers = await Promise.all(Array.from({ length: 300 }, () => get(path)))
  expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([200]))
  for (const [operation, times] of asked) expect(times, operation).toBeLessThan(5)
})

test('the store is asked about nothing only where there is something to ask about', async () => {
  const asked: string[] = []
  const store = observeStore(await openStore('sqlite'), (operation, work) => {
    asked.push(operation)
    return work()
  })
  await addModel(store)
  const { post } = await openApp({ store })
  asked.length = 0
  await post('/ingest/batch', { batch_id: 'b', items: [{ kind: 'result', ...result() }] })
  expect(asked).toEqual(['findModels', 'writeResults'])
  asked.length = 0
  await post('/ingest/batch', { batch_id: 'b', items: [{ kind: 'error', ...legacyError() }] })
  expect(asked).toEqual(['writeErrors'])
})

test('a state that is the name of a property is counted like any other', async () => {
  const { post, get } = await openApp()
  for (const [runner, state] of ['constructor', 'constructor', 'valueof', 'tostring'].entries())
    expect((await post('/ingest/heartbeat', { runner_id: `r${runner}`, state })).statusCode).toBe(200)
  expect((await get('/health')).json().runners).toEqual({ constructor: 2, valueof: 1, tostring: 1 })
})

test('each operation of the store is timed, and whether it answered', async () => {
  const metrics = createMetrics()
  const store = observeStore(await openStore('sqlite'), metrics.observeStore)
  await store.listRunners()
  await store.close()
  await expect(store.listRunners()).rejects.toThrow('did not answer')
  const text = await metrics.read()
  expect(text).toContain('llmbench_ingest_store_seconds_count{operation="listRunners",outcome="answered"} 1')
  expect(text).toContain('llmbench_ingest_store_seconds_count{operation="listRunners",outcome="failed"} 1')
})
