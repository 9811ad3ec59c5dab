/** How long to wait before the next try: full jitter, and what the server asks for. Pure. */

const FIRST_MS = 1000
const LONGEST_BACKOFF_MS = 300_000
const LONGEST_RETRY_AFTER_MS = 3_600_000

/** `max(Retry-After, random(0, min(300 s, 1 s · 2ⁿ)))` for the nth failure in a row, n from 0; `random` is in [0, 1). */
export function backoffMs(failures: number, retryAfterMs: number, random: () => number): number {
  return Math.max(retryAfterMs, random() * Math.min(LONGEST_BACKOFF_MS, FIRST_MS * 2 ** failures))
}

/**
 * A Retry-After header in milliseconds: delta seconds or an HTTP date (RFC 9110 §10.2.3), at most an hour.
 * 0 for what is absent, negative, past or unreadable.
 */
export function retryAfterMs(header: string | undefined, nowMs: number): number {
  const value = header?.trim() ?? ''
  if (/^\d+$/.test(value)) return Math.min(Number(value) * 1000, LONGEST_RETRY_AFTER_MS)
  // Only the form of an HTTP date: Date.parse would take "-5" for a month.
  const date = /^[A-Z][a-z]+,? .*\d{2}:\d{2}:\d{2}/.test(value) ? Date.parse(value) : Number.NaN
  return Number.isNaN(date) ? 0 : Math.min(Math.max(0, date - nowMs), LONGEST_RETRY_AFTER_MS)
}
