/** What of a model's state has to outlive the process. Pure, over monotonic milliseconds like the schedule. */
import { nextSlot, slotAtOrAfter } from './schedule.ts'
import type { AttemptEnd, Grid, ModelState } from './schedule.ts'

const LONGEST_REST_MS = 24 * 3_600_000

/** What the next process knows of a model. */
export type Streak = {
  /** Slots in a row that ended in a failure. */
  readonly failures: number
  /** The moment before which it is not attempted; null it only waits for its next slot. */
  readonly restsUntilMs: number | null
  /** When it was attempted last; null where the next process is to try it at once. */
  readonly attemptedMs: number | null
  /** Why it failed last; null where it did not. */
  readonly reason: string | null
}

/** What to keep of a state, and of the end which led to it. */
export function streakOf(
  { dueMs, failures, attemptedMs, reason }: ModelState,
  end: AttemptEnd,
  grid: Grid,
  nowMs: number,
): Streak {
  // A restart is how a key or a bill is put right: it must show at once whether it was.
  const isKeyFault = 'errorKind' in end && (end.errorKind === 'auth' || end.errorKind === 'billing')
  if (isKeyFault) return { failures, restsUntilMs: null, attemptedMs: null, reason }
  return { failures, restsUntilMs: dueMs <= nextSlot(grid, nowMs) ? null : dueMs, attemptedMs, reason }
}

/** A new model's state with what an earlier process knew of it. */
export function withStreak(state: ModelState, streak: Streak, grid: Grid, nowMs: number): ModelState {
  const { failures, restsUntilMs, reason } = streak
  if (restsUntilMs === null || restsUntilMs <= nowMs) return { ...state, failures, reason }
  // Nothing rests for longer than a day: more than that is a wall clock that was set back.
  const dueMs = slotAtOrAfter(grid, Math.min(restsUntilMs, nowMs + LONGEST_REST_MS), nowMs)
  return { ...state, failures, reason, dueMs }
}
