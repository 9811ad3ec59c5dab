/** The shape of real streams over real sockets, beside what the simulator was told to do. */
import { createControl, spawnSimulator } from '@llmbench/simulator'
import type { RunTruth, Scenario, SpawnedSimulator } from '@llmbench/simulator'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { analyse } from '../src/analyse.ts'
import { createMeasurer } from '../src/measure.ts'
import { findProvider } from '../src/registry.ts'
import { textStampsOf } from '../src/stamps.ts'
import { isErrorDocument } from '../src/wire-document.ts'
import { makePlan } from './support/plans.ts'

const MS = 1_000_000n
const measurer = createMeasurer()
let simulator: SpawnedSimulator
beforeAll(async () => {
  simulator = await spawnSimulator()
})
afterAll(async () => {
  await measurer.close()
  await simulator.close()
})

/** On a busy machine writes and reads are late: such a run says nothing about the rule and is made again. */
const MOST_LATE_MS = 3
const MOST_RUNS = 40

/** The shape as measured, and as it is with the round trip that loopback cannot have. */
async function shapesOf(model: string, scenario: Scenario, roundTripMs: number) {
  const control = createControl(simulator.address)
  await control.setScenario(model, { first_delay_ms: 60, ...scenario })
  for (let run = 0; run < MOST_RUNS; run += 1) {
    const { document, tape } = await measureOnce(model)
    const truth = await control.run(document.request_id ?? '')
    if (mostLateMs(truth, textStampsOf(document, tape)) > MOST_LATE_MS) continue
    const connection = { ...tape.tape.connection, tcpNs: BigInt(roundTripMs) * MS }
    const distant = analyse({ ...tape, tape: { ...tape.tape, connection } })
    if (isErrorDocument(distant)) throw new Error(distant.message)
    return { measured: document.stream_shape, distant: distant.stream_shape }
  }
  throw new Error(`In ${MOST_RUNS} runs the machine never kept the times of ${model}`)
}

async function measureOnce(model: string) {
  const groq = findProvider('groq')
  if (groq === undefined) throw new Error('No provider groq')
  const access = await groq.access({ GROQ_API_KEY: 'k', GROQ_BASE_URL: `${simulator.address}/openai/v1` })
  const { document, tape } = await measurer.measure(makePlan({ model }), groq, access)
  if (isErrorDocument(document)) throw new Error(document.message)
  return { document, tape }
}

/** How much later than it was to be written any text delta was stamped. */
function mostLateMs({ writes }: RunTruth, stampsNs: readonly bigint[]): number {
  const dueNs = writes.flatMap(({ due_ns, text_deltas }) => Array<bigint>(text_deltas).fill(BigInt(due_ns)))
  const lateNs = stampsNs.map((stampNs, index) => Number(stampNs - (dueNs[index] ?? 0n)))
  return Math.max(...lateNs) / 1e6
}

const slowly = (round_trip_ms: number) => ({ kind: 'slow_start', round_trip_ms }) as const

test.each([
  ['100 KB at 60 ms', { deltas: 512, gap_ms: 0, fault: slowly(60) }, 60, 'coarse'],
  ['400 KB at 30 ms', { deltas: 2048, gap_ms: 0, fault: slowly(30) }, 30, null],
  ['80 tokens at 80 ms', { deltas: 80, gap_ms: 0, fault: slowly(80) }, 80, 'coarse'],
])('a ready answer that slow start spreads is buffered: %s', async (title, scenario, roundTripMs, nearby) => {
  const shapes = await shapesOf(title, scenario, roundTripMs)
  // From next door the same arrivals are lumps that their server let out one by one; 2,048 tokens in 120 ms a doubt.
  expect(shapes).toEqual({ distant: 'buffered', measured: nearby })
})

test.each([
  [
    '500 tokens a second, held back by slow start',
    { deltas: 256, gap_ms: 2, fault: slowly(60) },
    60,
    'streamed',
  ],
  [
    'a dozen a read every 6 ms',
    { deltas: 240, gap_ms: 0.5, fault: { kind: 'coalesce', events_per_write: 12 } },
    3,
    'streamed',
  ],
  [
    '60 a read every 60 ms',
    { deltas: 240, gap_ms: 1, fault: { kind: 'coalesce', events_per_write: 60 } },
    3,
    'coarse',
  ],
] as const)('a genuine stream is what it is: %s', async (title, scenario, roundTripMs, shape) => {
  const shapes = await shapesOf(title, scenario, roundTripMs)
  expect(shapes).toEqual({ measured: shape, distant: shape })
})

test.each([
  ['in one write', { deltas: 64, gap_ms: 0, fault: { kind: 'coalesce', events_per_write: 1000 } }],
  ['in 256 writes without a pause', { deltas: 256, gap_ms: 0 }],
  [
    'a thousand in one write',
    { deltas: 1000, gap_ms: 0, fault: { kind: 'coalesce', events_per_write: 5000 } },
  ],
] as const)('a ready answer from next door is buffered: %s', async (title, scenario) => {
  expect((await shapesOf(title, scenario, 3)).measured).toBe('buffered')
})

test('64 tokens in 6 ms, a dozen a read, are not called buffered', async () => {
  const fault = { kind: 'coalesce', events_per_write: 12 } as const
  const shapes = await shapesOf('fast', { deltas: 64, gap_ms: 0.1, fault }, 5)
  expect(shapes.measured).not.toBe('buffered')
  expect(shapes.distant).not.toBe('buffered')
})
