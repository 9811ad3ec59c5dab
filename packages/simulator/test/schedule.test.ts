import { expect, test } from 'vitest'
import { createControl, spawnSimulator } from '../src/index.ts'
import type { RunTruth, WriteRecord } from '../src/index.ts'
import { ask, runIdOf } from './support/ask.ts'
import { hear, PATHS } from './support/simulated.ts'

test('headers, first beat, deltas, finish and trailer have moments of their own', async () => {
  const { truth } = await hear('openai-chat', {
    headers_delay_ms: 5,
    first_delay_ms: 20,
    gaps_ms: [10, 3],
    finish_gap_ms: 7,
    trailer_gap_ms: 6,
    deltas: 3,
  })
  const receivedNs = BigInt(truth.received_at_ns)
  expect(BigInt(truth.headers_at_ns ?? 0) - receivedNs).toBeGreaterThanOrEqual(5_000_000n)
  const dueMs = truth.writes.map(({ due_ns }) => Number(BigInt(due_ns) - receivedNs) / 1e6)
  expect(dueMs).toEqual([20, 30, 33, 36, 43, 49, 49])
  const moments = truth.writes.map(({ at_ns }) => at_ns)
  expect(truth).toMatchObject({ first_text_at_ns: moments[1], last_content_at_ns: moments[3] })
  expect(BigInt(truth.ended_at_ns ?? 0)).toBeGreaterThanOrEqual(BigInt(moments.at(-1) ?? 0))
})

test.each(['\n\n', '\u00a0', '\u200b\ufeff'])(
  'the first text is the first that can be seen, after %j too',
  async (blank) => {
    const { truth } = await hear('openai-chat', { gap_ms: 2, texts: [blank, blank, 'Once', ' upon'] })
    const texts = truth.writes.filter(({ text_deltas }) => text_deltas > 0)
    expect(truth).toMatchObject({ text_deltas: 4, first_text_at_ns: texts[2]?.at_ns })
  },
)

test('256 streams at once keep their schedules: nothing early, nothing out of order, nothing lost', async () => {
  const simulator = await spawnSimulator()
  try {
    const control = createControl(simulator.address)
    await control.setScenario('m', { first_delay_ms: 50, gap_ms: 10, deltas: 30, reasoning_deltas: 5 })
    const heard = await Promise.all(
      Array.from({ length: 256 }, () => ask(simulator.address, PATHS['openai-chat'], { model: 'm' })),
    )
    expect(new Set(heard.map(runIdOf)).size).toBe(256)
    for (const truth of await control.runs('m', { limit: 256 })) {
      expect(truth).toMatchObject({ text_deltas: 30, reasoning_deltas: 5, finish_reason: 'stop' })
      expect(disorder(truth)).toEqual([])
    }
  } finally {
    await simulator.close()
  }
})

/** The writes that were early, or began before the one before them was done. */
function disorder({ headers_at_ns, writes }: RunTruth): WriteRecord[] {
  let lastNs = BigInt(headers_at_ns ?? 0)
  return writes.filter((write) => {
    const atNs = BigInt(write.at_ns)
    const wrong = atNs < BigInt(write.due_ns) || atNs < lastNs || BigInt(write.after_ns) < atNs
    lastNs = BigInt(write.after_ns)
    return wrong
  })
}
