/** When what is sent: oldest first, one probe at a time in an outage, a batch that always fails holds nobody back. */
import type { Clock } from '../clock.ts'
import type { BatchSummary } from '../outbox/types.ts'
import { backoffMs } from './backoff.ts'
import type { Kept } from './judge.ts'

const MOST_AT_ONCE = 4
export const SLOW_MS = 300_000
/** Failures of its own after which a batch no longer holds back newer ones: the fault may lie in it alone. */
const SUSPECT_FAILURES = 3

type Pace = { readonly failures: number; readonly dueMs: number }
const FRESH: Pace = { failures: 0, dueMs: 0 }

export type Pacing = {
  /** The open batch to send now, or whether a new one may be formed, or that it is time to wait. */
  readonly choose: (open: readonly BatchSummary[]) => {
    readonly batchId: string | null
    readonly mayForm: boolean
  }
  readonly delivered: (batchId: string) => void
  readonly kept: (batchId: string, kept: Omit<Kept, 'action'>) => void
  /** A fault that concerns no batch: `slow` waits as long as a person needs to act. */
  readonly failed: (pace: 'backoff' | 'slow') => void
  readonly forget: (batchId: string) => void
  readonly forgetAll: () => void
  /** How many requests may be under way. */
  readonly atOnce: () => number
  /** Milliseconds for which nothing may be sent. */
  readonly pauseMs: () => number
  /** Milliseconds until something that waits is due; infinite when nothing waits. */
  readonly untilDueMs: () => number
}

/** Nothing has failed yet. Intervals are on the monotonic clock. */
export function createPacing(clock: Clock, random: () => number): Pacing {
  const ofBatch = new Map<string, Pace>()
  let all = FRESH
  let atOnce = 1
  const paceOf = (batchId: string): Pace => ofBatch.get(batchId) ?? FRESH
  const later = ({ failures }: Pace, pace: Kept['pace'], retryAfterMs: number): Pace => {
    const wait =
      pace === 'slow' ? SLOW_MS * (0.8 + 0.4 * random()) : backoffMs(failures, retryAfterMs, random)
    return { failures: failures + 1, dueMs: clock.monotonicMs() + wait }
  }
  return {
    choose: (open) => chooseFrom(open, paceOf, clock.monotonicMs()),
    delivered: (batchId) => {
      ofBatch.delete(batchId)
      all = FRESH
      atOnce = Math.min(atOnce + 1, MOST_AT_ONCE)
    },
    kept: (batchId, { pace, scope, retryAfterMs }) => {
      atOnce = 1
      const own = later(paceOf(batchId), pace, retryAfterMs)
      // What waits that long must not make the others wait: it is suspect at once.
      ofBatch.set(
        batchId,
        pace === 'slow' ? { ...own, failures: Math.max(own.failures, SUSPECT_FAILURES) } : own,
      )
      if (scope === 'all') all = later(all, pace, retryAfterMs)
    },
    failed: (pace) => {
      atOnce = 1
      all = later(all, pace, 0)
    },
    forget: (batchId) => ofBatch.delete(batchId),
    forgetAll: () => {
      ofBatch.clear()
      all = FRESH
    },
    atOnce: () => atOnce,
    pauseMs: () => Math.max(0, all.dueMs - clock.monotonicMs()),
    untilDueMs: () => {
      const now = clock.monotonicMs()
      const dues = [...ofBatch.values()].map(({ dueMs }) => dueMs - now)
      return Math.max(0, all.dueMs - now, Math.min(...dues))
    },
  }
}

/** Least failed first, then oldest; new items wait for a batch that failed only a few times. */
function chooseFrom(
  open: readonly BatchSummary[],
  paceOf: (batchId: string) => Pace,
  nowMs: number,
): { batchId: string | null; mayForm: boolean } {
  let best: string | null = null
  for (const { batchId } of open) {
    const { failures, dueMs } = paceOf(batchId)
    if (dueMs <= nowMs && (best === null || failures < paceOf(best).failures)) best = batchId
  }
  const mayForm = open.every(({ batchId }) => paceOf(batchId).failures >= SUSPECT_FAILURES)
  return { batchId: best, mayForm }
}
