import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { ask, type Answer } from '../support/ask.ts'
import { result } from '../support/documents.ts'
import { startWithModel } from '../support/process.ts'
import { storeEnvironment } from '../support/stores.ts'

const RUNNERS = 50
const BATCHES = 3
const ITEMS = 60
/** Makes a batch of about 100 kB. */
const GAPS = Array.from({ length: 200 }, () => 0.0125)

test('row 30: fifty runners with a backlog at once are told to wait, are heard all the while, and all drain', async () => {
  const service = await startWithModel({
    ...storeEnvironment('mongodb'),
    MAX_BYTES_UNDER_WAY: '500000',
    RATE_LIMIT_PER_MINUTE: '100000',
  })
  const seen = { shed: 0, created: 0 }
  /** As a runner does: the same bytes again and again, after the pause it was told. */
  const drain = async (): Promise<void> => {
    for (let batch = 0; batch < BATCHES; batch += 1) {
      const items = Array.from({ length: ITEMS }, () => ({
        kind: 'result',
        ...result({ times_between_tokens: GAPS }),
      }))
      const body = JSON.stringify({ batch_id: 'b', items })
      for (;;) {
        const { status, headers, text } = await ask(service.url, '/ingest/batch', { body })
        if (status === 200) {
          seen.created += (JSON.parse(text) as { counts: { created: number } }).counts.created
          break
        }
        expect([429, 503], text).toContain(status)
        seen.shed += 1
        await sleep(Number(headers['retry-after']) * 1000 * Math.random())
      }
    }
  }
  const draining = Promise.all(Array.from({ length: RUNNERS }, drain))
  const heard: Answer[] = []
  while (seen.created < RUNNERS * BATCHES * ITEMS) {
    const body = JSON.stringify({ runner_id: 'r', state: 'draining' })
    heard.push(await ask(service.url, '/ingest/heartbeat', { body }), await ask(service.url, '/health'))
    await sleep(20)
  }
  await draining
  expect(seen.shed).toBeGreaterThan(0)
  expect(seen.created).toBe(RUNNERS * BATCHES * ITEMS)
  expect(new Set(heard.map(({ status }) => status))).toEqual(new Set([200]))
  expect(Math.max(...heard.map(({ ms }) => ms))).toBeLessThan(3000)
})
