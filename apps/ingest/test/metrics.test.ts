import { expect, test } from 'vitest'
import { createMetrics } from '../src/metrics.ts'
import { countAttempts } from '../src/store/count-attempts.ts'
import { observeStore } from '../src/store/observe-store.ts'
import { addModel, openApp } from './support/app.ts'
import { GROQ, legacyError, result } from './support/documents.ts'
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

test('each operation of the store is timed, and whether it answered', async () => {
  const metrics = createMetrics()
  const store = observeStore(await openStore('sqlite'), metrics.observeStore)
  await store.listRunners()
  await store.close()
  await expect(store.listRunners()).rejects.toThrow('did not answer')
  const text = await metrics.registry.metrics()
  expect(text).toContain('llmbench_ingest_store_seconds_count{operation="listRunners",outcome="answered"} 1')
  expect(text).toContain('llmbench_ingest_store_seconds_count{operation="listRunners",outcome="failed"} 1')
})
