/** When a provider's list is due. Pure; times are milliseconds of one clock. */

/** Of the interval, to either side, so that many runners do not ask at the same time. */
const JITTER = 0.1
/** Measuring comes first after a start. */
const START_MS = 60_000
const LONGEST_START_MS = 600_000
const FIRST_RETRY_MS = 300_000
const BUSY_MS = 300_000

/** When a list that is due at the start is read: soon, and not all at once. */
export function firstDue(nowMs: number, intervalMs: number, random: () => number): number {
  const spreadMs = intervalMs * JITTER
  return nowMs + Math.min(START_MS, spreadMs) + random() * Math.min(LONGEST_START_MS, spreadMs)
}

/** When a list that was read is read again. */
export function nextDue(nowMs: number, intervalMs: number, random: () => number): number {
  return nowMs + intervalMs * (1 - JITTER + 2 * JITTER * random())
}

/** After that many failures in a row, from 1: 5 min, then twice as long each time, up to the interval. */
export function retryDue(
  nowMs: number,
  failures: number,
  { intervalMs, retryAfterMs }: { readonly intervalMs: number; readonly retryAfterMs: number },
  random: () => number,
): number {
  const backoffMs = Math.min(intervalMs, FIRST_RETRY_MS * 2 ** (failures - 1))
  return nowMs + Math.max(retryAfterMs, backoffMs * (0.5 + random() / 2))
}

/** After no quiet moment came. */
export function busyDue(nowMs: number, intervalMs: number): number {
  return nowMs + Math.min(BUSY_MS, intervalMs * JITTER)
}

/**
 * A moment kept as wall time, as one of the monotonic clock: never later than one interval from now, whatever the wall
 * clock did meanwhile.
 */
export function restoredDue(
  dueWallMs: number,
  { wallMs, monotonicMs }: { readonly wallMs: number; readonly monotonicMs: number },
  intervalMs: number,
): number {
  const inMs = Math.min(Math.max(0, dueWallMs - wallMs), intervalMs * (1 + JITTER))
  return monotonicMs + inMs
}
