import { expect, test } from 'vitest'
import { createMetrics } from '../src/metrics.ts'
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
  await post('/ingest/heartbeat', { runner_id: 'r', state: 'running' })
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
  expect(value('llmbench_ingest_runners{state="running"}')).toBe(1)
  const age = value(`llmbench_ingest_newest_result_age_seconds{provider="${GROQ.provider}"}`)
  expect(age).toBeGreaterThanOrEqual(60)
  expect(age).toBeLessThan(90)
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
