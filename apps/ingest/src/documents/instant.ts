import type { Fault } from '../errors.ts'

const ZONED = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/
const LEGACY = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})$/
const MINUTE_MS = 60_000
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
  const legacy = LEGACY.exec(value)
  if (legacy) return moment(`${legacy[1]}T${legacy[2]}`, '', 'Z')
  const zoned = ZONED.exec(value)
  return zoned ? moment(`${zoned[1]}T${zoned[2]}`, (zoned[3] ?? '').slice(0, 4), zoned[4] ?? 'Z') : null
}

/** `Date` rolls 31 April over to 1 May; a text that does not come back as it went in names no moment. */
function moment(local: string, fraction: string, zone: string): Date | null {
  const asUtc = new Date(`${local}Z`)
  if (Number.isNaN(asUtc.getTime()) || asUtc.toISOString().slice(0, 19) !== local) return null
  const date = new Date(`${local}${fraction}${zone}`)
  return Number.isNaN(date.getTime()) ? null : date
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
