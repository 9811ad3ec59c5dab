import { NOTHING_ASKED } from '../../src/asked.ts'
import { findProfile } from '../../src/profiles.ts'
import type { Plan } from '../../src/plan.ts'
import type { SavedTape } from '../../src/tape-file.ts'
import { NOTHING_OPENED } from '../../src/transport/connect.ts'
import type { Tape } from '../../src/transport/tape.ts'

/** A plan for a run that only exists in a test. */
export function makePlan(changes: Partial<Plan> = {}): Plan {
  const profile = findProfile('cloud-default-v1')
  if (profile === undefined) throw new Error('cloud-default-v1 is gone')
  return {
    resultId: '0198f000-0000-7000-8000-000000000001',
    provider: 'groq',
    model: 'llama-3.1-8b-instant',
    requestMode: 'chat_completions_stream',
    profile,
    metadata: {},
    attempt: 1,
    attemptGroup: '0198f000-0000-7000-8000-000000000001',
    scheduledAt: null,
    region: null,
    runnerVersion: '0.0.0-test',
    ...changes,
  }
}

/** Start of every tape made here: t = 0 in monotonic nanoseconds. */
const START_NS = 5_000_000_000n

const MS = 1_000_000n

/** A tape whose reads arrived at these milliseconds after t = 0. The end is 1 ms after the last read. */
export function makeTape(
  reads: readonly (readonly [atMs: number, bytes: string | Uint8Array])[],
  changes: Partial<Tape> = {},
): Tape {
  const at = (ms: number): bigint => START_NS + BigInt(Math.round(ms * 1e6))
  const lastMs = reads.at(-1)?.[0] ?? 0
  return {
    wallMs: Date.UTC(2026, 0, 2, 3, 4, 5),
    wallAtNs: START_NS - 20n * MS,
    connection: NOTHING_OPENED,
    startNs: START_NS,
    firstByteNs: reads[0] === undefined ? null : at(reads[0][0]),
    response: { status: 200, headers: { 'content-type': 'text/event-stream' } },
    reads: reads.map(([ms, bytes]) => ({
      atNs: at(ms),
      bytes: typeof bytes === 'string' ? Buffer.from(bytes) : bytes,
    })),
    endNs: at(lastMs + 1),
    closedEarly: false,
    contentEncoding: null,
    failure: null,
    ...changes,
  }
}

/** A saved tape around it, as the measurer would make. */
export function saved(tape: Tape, plan: Partial<Plan> = {}): SavedTape {
  return {
    plan: makePlan(plan),
    request: {
      method: 'POST',
      url: 'https://host.test/v1/chat/completions',
      asked: { ...NOTHING_ASKED, temperature: 0.1 },
    },
    tape,
    quality: { event_loop_delay_max_ms: 0.5, gc_pause_max_ms: 0, tainted: [] },
  }
}
