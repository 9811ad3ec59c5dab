import type { Fault } from '../errors.ts'

const ZONED = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?:Z|([+-])(\d{2}):(\d{2}))$/
const LEGACY = /^(\d{4})-(\d{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2})$/
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 86_400_000

/** How far from now a time may lie: 10 minutes of clock skew ahead, 90 days of outage behind. */
const AHEAD_MS = 10 * MINUTE_MS
const BEHIND_MS = 90 * DAY_MS

const TOO_OLD = 'Older than 90 days'

/** Whether age is all that is wrong. */
export const areOnlyTooOld = (faults: readonly Fault[]): boolean =>
  faults.length > 0 && faults.every((fault) => fault.detail === TOO_OLD)

/**
 * The moment an ISO 8601 text with a zone names, or the legacy `YYYY-MM-DD HH:MM:SS`, which means UTC whatever the
 * host's zone is. Null for anything else, days that do not exist included. Finer than a millisecond is cut off.
 */
export function parseInstant(value: unknown): Date | null {
  if (typeof value !== 'string') return null
  const read = ZONED.exec(value) ?? LEGACY.exec(value)
  if (read === null) return null
  const milliseconds = Number((read[7] ?? '').slice(0, 3).padEnd(3, '0'))
  const local = calendarMs(read.slice(1, 7).map(Number))
  const offset = offsetMs(read[8], Number(read[9] ?? 0), Number(read[10] ?? 0))
  return local === null || offset === null ? null : new Date(local + milliseconds - offset)
}

/** Milliseconds since 1970 as if the clock were at UTC. `Date` rolls 31 April over to 1 May; such a day names none. */
function calendarMs([year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0]: number[]):
  | number
  | null {
  const midnight = Date.UTC(year, month - 1, day)
  const date = new Date(midnight)
  const exists =
    date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day
  if (!exists || hour > 23 || minute > 59 || second > 59) return null
  return midnight + hour * HOUR_MS + minute * MINUTE_MS + second * 1000
}

function offsetMs(sign: string | undefined, hours: number, minutes: number): number | null {
  if (hours > 23 || minutes > 59) return null
  return (sign === '-' ? -1 : 1) * (hours * HOUR_MS + minutes * MINUTE_MS)
}

/** The moment at `field`, or the fault to report: not a time, or too far from `now` to be believed. */
export function readInstant(value: unknown, field: string, now: Date): Date | Fault {
  const date = parseInstant(value)
  const pointer = `/${field}`
  if (date === null) return { pointer, detail: 'Must be ISO 8601 with a zone, or YYYY-MM-DD HH:MM:SS in UTC' }
  if (date.getTime() > now.getTime() + AHEAD_MS)
    return { pointer, detail: 'More than 10 minutes in the future' }
  return date.getTime() < now.getTime() - BEHIND_MS ? { pointer, detail: TOO_OLD } : date
}
