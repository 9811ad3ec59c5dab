/** What a model's failures amount to once the process is gone. Pure, over monotonic milliseconds like the schedule. */
import { nextSlot, slotAtOrAfter } from './schedule.ts'
import type { AttemptEnd, Grid, ModelState } from './schedule.ts'

const LONGEST_REST_MS = 24 * 3_600_000

/** Why a model is attempted less often than others: what has to outlive the process. */
export type Streak = {
  /** Slots in a row that ended in a failure. */
  readonly failures: number
  /** The moment before which it is not attempted; null it only waits for its next slot. */
  readonly restsUntilMs: number | null
}

/** The streak that a state and the end which led to it amount to. */
export function streakOf(
  { dueMs, failures }: ModelState,
  end: AttemptEnd,
  grid: Grid,
  nowMs: number,
): Streak {
  // A restart is how a key or a bill is put right: it must show at once whether it was.
  const isKeyFault = 'errorKind' in end && (end.errorKind === 'auth' || end.errorKind === 'billing')
  return { failures, restsUntilMs: isKeyFault || dueMs <= nextSlot(grid, nowMs) ? null : dueMs }
}

/** A new model's state with the streak of an earlier process. */
export function withStreak(state: ModelState, streak: Streak, grid: Grid, nowMs: number): ModelState {
  const { failures, restsUntilMs } = streak
  if (restsUntilMs === null || restsUntilMs <= nowMs) return { ...state, failures }
  // Nothing rests for longer than a day: more than that is a wall clock that was set back.
  return {
    ...state,
    failures,
    dueMs: slotAtOrAfter(grid, Math.min(restsUntilMs, nowMs + LONGEST_REST_MS), nowMs),
  }
}
