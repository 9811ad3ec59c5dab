/**
 * When a model is due. Pure functions over monotonic milliseconds: slots lie on a grid that begins with the start, a
 * slot that has passed unused is skipped, and no slot is used twice.
 */
import type { ErrorKind, Outcome } from '@llmbench/providers/result'

const RETRY_AFTER_MS = 60_000
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const LONGEST_CADENCE_MS = 6 * HOUR_MS
/** Failures in a row that a model may have before its cadence slows down. */
const PATIENCE = 4
/** Slots in a row that say so, where nobody but a plain status says that a model is gone. */
const ABSENCES = 3

/** Slots lie at `anchorMs + k · intervalMs` for k = 0, 1, 2, … */
export type Grid = { readonly anchorMs: number; readonly intervalMs: number }

export type ModelState = {
  /** The slot at which the model is due next, in monotonic milliseconds. */
  readonly dueMs: number
  /** How long after its slot it waits, so that not all the world asks at the full minute. */
  readonly jitterMs: number
  /** Slots in a row that ended in a failure. */
  readonly failures: number
  /** When it was last attempted; null never. */
  readonly attemptedMs: number | null
  /** Why its last attempt failed, in a few words; null where it did not. */
  readonly reason: string | null
  /** Slots in a row whose answer was that there is no such model. */
  readonly absences: number
  /** The second attempt that a slot's first one earned. */
  readonly retry: Retry | null
}

export type Retry = {
  readonly atMs: number
  readonly attemptGroup: string
  /** The slot both attempts belong to, as the label on their rows. */
  readonly scheduledAt: string
}

/** What an attempt came to, as far as the schedule cares. */
export type AttemptEnd =
  | { readonly outcome: Outcome }
  | {
      readonly errorKind: ErrorKind
      readonly retryAfterMs: number
      /** For `hard_model`: the provider itself names the model as gone, which a proxy's plain 404 does not. */
      readonly isCertain?: boolean
      readonly reason?: string
    }

/** The slot that is on at that moment. */
export function currentSlot({ anchorMs, intervalMs }: Grid, nowMs: number): number {
  return anchorMs + Math.max(0, Math.floor((nowMs - anchorMs) / intervalMs)) * intervalMs
}

/** The first slot after that moment: what lies between is skipped. */
export function nextSlot(grid: Grid, nowMs: number): number {
  return currentSlot(grid, nowMs) + (nowMs < grid.anchorMs ? 0 : grid.intervalMs)
}

/** A model that comes to the worklist, or comes back: due in the slot that is on, unless that one is used already. */
export function newModel(grid: Grid, nowMs: number, attemptedMs: number | null): ModelState {
  const slot = currentSlot(grid, nowMs)
  const isUsed = attemptedMs !== null && attemptedMs >= slot
  const dueMs = isUsed ? nextSlot(grid, nowMs) : slot
  return { dueMs, jitterMs: 0, failures: 0, attemptedMs, reason: null, absences: 0, retry: null }
}

/** The longest jitter of a slot: a twentieth of the interval, at most ten seconds. */
export function longestJitter({ intervalMs }: Grid): number {
  return Math.min(10_000, intervalMs / 20)
}

/** The model to attempt now: retries that are due, then the most overdue, then the one attempted longest ago. */
export function pickDue(states: ReadonlyMap<string, ModelState>, nowMs: number): string | null {
  let best: readonly [string, ModelState] | null = null
  for (const candidate of states) {
    if (whenDue(candidate[1]) > nowMs) continue
    if (best === null || comesBefore(candidate[1], best[1])) best = candidate
  }
  return best?.[0] ?? null
}

/** The moment at which the first of the models is due; infinite for none. */
export function earliestDue(states: ReadonlyMap<string, ModelState>): number {
  return Math.min(Infinity, ...[...states.values()].map(whenDue))
}

function whenDue({ dueMs, jitterMs, retry }: ModelState): number {
  return retry?.atMs ?? dueMs + jitterMs
}

function comesBefore(left: ModelState, right: ModelState): boolean {
  if ((left.retry === null) !== (right.retry === null)) return left.retry !== null
  const byDue = left.dueMs - right.dueMs
  return byDue === 0 ? (left.attemptedMs ?? -1) < (right.attemptedMs ?? -1) : byDue < 0
}

export type Ended = {
  readonly grid: Grid
  readonly nowMs: number
  readonly jitterMs: number
  /** What a second attempt in this slot would belong to. */
  readonly attemptGroup: string
  readonly scheduledAt: string
}

/** The state after an attempt that has ended. */
export function afterAttempt(state: ModelState, end: AttemptEnd, ended: Ended): ModelState {
  const { grid, nowMs, jitterMs } = ended
  if (state.retry === null && earnsRetry(end, grid, nowMs)) {
    const { attemptGroup, scheduledAt } = ended
    return {
      ...state,
      attemptedMs: nowMs,
      reason: reasonOf(end),
      retry: { atMs: nowMs + RETRY_AFTER_MS, attemptGroup, scheduledAt },
    }
  }
  const failures = isFailure(end) ? state.failures + 1 : 0
  const absences = 'errorKind' in end && end.errorKind === 'hard_model' ? state.absences + 1 : 0
  const dueMs = slotAtOrAfter(grid, restsUntil(end, { failures, absences }, grid, nowMs), nowMs)
  return { dueMs, jitterMs, failures, attemptedMs: nowMs, reason: reasonOf(end), absences, retry: null }
}

function reasonOf(end: AttemptEnd): string | null {
  if (!('errorKind' in end)) return null
  return end.reason === undefined ? end.errorKind : `${end.errorKind}: ${end.reason}`
}

/** The state after a slot that was used up without an attempt, because we did not let it leave. */
export function afterSkip(state: ModelState, grid: Grid, nowMs: number): ModelState {
  // The first attempt of a slot whose second one is not made was a failure.
  const failures = state.retry === null ? state.failures : state.failures + 1
  return { ...state, dueMs: nextSlot(grid, nowMs), failures, retry: null }
}

const EARNS_RETRY = new Set<ErrorKind>(['network', 'timeout', 'transient_provider', 'unknown'])

/** One more attempt in the same slot, where there is room for it before the next slot begins. */
function earnsRetry(end: AttemptEnd, grid: Grid, nowMs: number): boolean {
  return (
    'errorKind' in end && EARNS_RETRY.has(end.errorKind) && nowMs + RETRY_AFTER_MS < nextSlot(grid, nowMs)
  )
}

/** A stream that ended without a finish marker is the provider's failure; the other outcomes are measurements. */
function isFailure(end: AttemptEnd): boolean {
  return 'outcome' in end ? end.outcome === 'truncated' || end.outcome === 'error' : true
}

/** The moment before which the model is not attempted again; the next slot is never before it in the normal case. */
function restsUntil(
  end: AttemptEnd,
  { failures, absences }: Pick<ModelState, 'failures' | 'absences'>,
  grid: Grid,
  nowMs: number,
): number {
  const slotMs = currentSlot(grid, nowMs)
  const slowedMs = slotMs + slowed(failures, grid.intervalMs)
  if (!('errorKind' in end)) return slowedMs
  switch (end.errorKind) {
    case 'hard_model':
      return end.isCertain === true || absences >= ABSENCES ? slotMs + DAY_MS : slowedMs
    case 'hard_capability':
      return slotMs + DAY_MS
    case 'auth':
    case 'billing':
      return slotMs + HOUR_MS
    case 'rate_limit':
      return Math.max(nowMs + end.retryAfterMs, slowedMs)
    case 'budget_exhausted':
      return slotMs
    case 'network':
    case 'timeout':
    case 'transient_provider':
    case 'unknown':
      return slowedMs
  }
}

/** After four failures in a row the cadence doubles with each further one, up to six hours. */
function slowed(failures: number, intervalMs: number): number {
  if (failures < PATIENCE) return 0
  const longest = Math.max(LONGEST_CADENCE_MS, intervalMs)
  return Math.min(longest, intervalMs * 2 ** Math.min(failures - PATIENCE + 1, 30))
}

/** The first slot that lies after `nowMs` and not before `notBeforeMs`. */
export function slotAtOrAfter(grid: Grid, notBeforeMs: number, nowMs: number): number {
  const next = nextSlot(grid, nowMs)
  if (notBeforeMs <= next) return next
  const late = currentSlot(grid, notBeforeMs)
  return late < notBeforeMs ? late + grid.intervalMs : late
}
