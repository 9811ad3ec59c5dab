import { pino } from 'pino'
import { expect, test } from 'vitest'
import type { RunDocument } from '@llmbench/providers'
import { systemClock } from '../src/clock.ts'
import { createRecorder } from '../src/recorder.ts'
import { createTally } from '../src/tally.ts'
import { startOutbox } from '../src/outbox/client.ts'
import type { OutboxClient } from '../src/outbox/client.ts'
import { temporaryFolder } from './support/folders.ts'
import { outboxOptions, startFilledOutbox } from './support/outboxes.ts'

const DOCUMENT: RunDocument = {
  result_id: 'result-of-a-test',
  metrics_schema_version: 3,
  provider: 'groq',
  model_name: 'model-a',
  run_ts: '2026-11-24T10:00:00.000Z',
  generate_time: 2,
  output_tokens: 64,
  tokens_per_second: 32,
}

/** What was shown and logged of a document that is recorded into that outbox by a runner that is told to stop. */
async function recordStopped(outbox: OutboxClient) {
  const shown: string[] = []
  const logs: string[] = []
  const tally = createTally(systemClock.wallMs)
  const record = createRecorder({
    outbox,
    show: (_document, wire) => shown.push(wire),
    tapeDirectory: null,
    wake: () => undefined,
    clock: systemClock,
    tally,
    logger: pino({}, { write: (line: string) => logs.push(line) }),
  })
  await record({ document: DOCUMENT, tape: null }, AbortSignal.abort())
  return { shown, logs: logs.join(''), counters: tally.counters() }
}

test('a result that a stop keeps from being committed is logged whole, and neither shown nor counted as measured', async () => {
  const outbox = await startOutbox(outboxOptions(temporaryFolder()), 0)
  await outbox.close()
  const { shown, logs, counters } = await recordStopped(outbox)
  expect(shown).toEqual([])
  expect(counters).toEqual({})
  expect(logs).toContain('result-of-a-test')
  expect(logs).toMatch(/A result cannot be committed/)
})

test('a result of a runner that is told to stop is committed and then shown', async () => {
  const outbox = await startFilledOutbox([])
  const { shown, counters } = await recordStopped(outbox)
  expect(shown).toHaveLength(1)
  expect(counters).toMatchObject({ attempts: 1, groq_attempts: 1 })
  expect(await outbox.status()).toMatchObject({ depth: 1 })
})
