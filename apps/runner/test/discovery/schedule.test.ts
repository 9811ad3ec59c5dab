import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { concludeFrom, NEVER_READ } from '../../src/discovery/conclusion.ts'
import { busyDue, firstDue, nextDue, restoredDue, retryDue } from '../../src/discovery/schedule.ts'

const HOUR_MS = 3_600_000
const INTERVAL_MS = 12 * HOUR_MS
const least = (): number => 0
const most = (): number => 0.999_999

test('after a start measuring comes first: a list is due between one and eleven minutes later', () => {
  expect(firstDue(0, INTERVAL_MS, least)).toBe(60_000)
  expect(firstDue(0, INTERVAL_MS, most)).toBeCloseTo(660_000, -1)
})

test('a list that was read is read again after the interval, give or take a tenth', () => {
  expect(nextDue(0, INTERVAL_MS, least)).toBeCloseTo(0.9 * INTERVAL_MS)
  expect(nextDue(0, INTERVAL_MS, most)).toBeCloseTo(1.1 * INTERVAL_MS, -3)
})

test('failures wait twice as long each time, up to the interval, and at least as long as was asked for', () => {
  const waits = [1, 2, 3, 20].map((failures) =>
    retryDue(0, failures, { intervalMs: INTERVAL_MS, retryAfterMs: 0 }, most),
  )
  expect(waits.map((ms) => Math.round(ms / 60_000))).toEqual([5, 10, 20, 720])
  expect(retryDue(0, 1, { intervalMs: INTERVAL_MS, retryAfterMs: HOUR_MS }, most)).toBe(HOUR_MS)
})

test('no wait is longer than an interval and a tenth, whatever a clock or a file says', () => {
  fc.assert(
    fc.property(
      fc.double({ noNaN: true }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      (dueWallMs, wallMs) => {
        const due = restoredDue(dueWallMs, { wallMs, monotonicMs: 1000 }, INTERVAL_MS)
        expect(due).toBeGreaterThanOrEqual(1000)
        expect(due).toBeLessThanOrEqual(1000 + 1.1 * INTERVAL_MS)
      },
    ),
  )
  expect(busyDue(0, INTERVAL_MS)).toBe(300_000)
})

const READ = { startedMs: 0, models: 3, fault: null }
const STORED = { stored: true, newCount: 1 } as const

test('a complete list that was taken clears the failures', () => {
  const before = { ...NEVER_READ, failures: 4, reason: 'network: gone' }
  expect(concludeFrom(before, { read: READ, posted: STORED }, 0)).toEqual({
    state: { failures: 0, last_read_at: '1970-01-01T00:00:00.000Z', complete: true, models: 3, reason: null },
    failed: false,
    retryAfterMs: 0,
  })
})

test('a list that was read and not taken is a failure, and complete all the same', () => {
  const posted = { stored: false, reason: 'HTTP 503', retryAfterMs: 7000 } as const
  expect(concludeFrom(NEVER_READ, { read: READ, posted }, 0)).toMatchObject({
    state: { failures: 1, complete: true, reason: 'HTTP 503' },
    failed: true,
    retryAfterMs: 7000,
  })
})

test.each([
  ['rate_limited', true],
  ['network', true],
  ['refused', true],
  ['empty', false],
  ['unreadable_rows', false],
  ['limit', false],
] as const)('a partial list (%s) is tried again before its time: %s', (reason, failed) => {
  const fault = { reason, detail: 'words', retryAfter: '9' }
  const conclusion = concludeFrom(NEVER_READ, { read: { ...READ, fault }, posted: STORED }, 0)
  expect(conclusion).toMatchObject({
    failed,
    retryAfterMs: 9000,
    state: { complete: false, reason: `${reason}: words` },
  })
})

test('a reading that never came to an end keeps what was known', () => {
  const before = { failures: 1, last_read_at: 'then', complete: true, models: 3, reason: null }
  expect(concludeFrom(before, { read: { failure: 'The thread ended' }, posted: null }, 0).state).toEqual({
    failures: 2,
    last_read_at: 'then',
    complete: true,
    models: 3,
    reason: 'The thread ended',
  })
})

test('the interval is 12 hours, any number of hours, or none at all', () => {
  const intervalOf = (value: string): number | null =>
    readConfig({ DISCOVERY_INTERVAL_HOURS: value }, { local: true }).discoveryIntervalMs
  expect(intervalOf('')).toBe(INTERVAL_MS)
  expect(intervalOf('0.5')).toBe(HOUR_MS / 2)
  expect(intervalOf('0')).toBeNull()
  for (const bad of ['often', '-1', '721', 'Infinity'])
    expect(() => intervalOf(bad)).toThrow('DISCOVERY_INTERVAL_HOURS should be a number of hours')
})
