import { expect, test } from 'vitest'
import { backoffMs, retryAfterMs } from '../../src/delivery/backoff.ts'

const NOW = Date.parse('2026-11-24T10:00:00Z')

test.each([
  ['7', 7000],
  ['0', 0],
  ['1000000000', 3_600_000],
  ['Tue, 24 Nov 2026 10:00:30 GMT', 30_000],
  ['Tue, 24 Nov 2026 09:00:00 GMT', 0],
  ['Wed, 25 Nov 2026 10:00:00 GMT', 3_600_000],
  ['-5', 0],
  ['5.5', 0],
  ['soon', 0],
  ['', 0],
  [undefined, 0],
])('Retry-After %j is %i ms', (header, ms) => {
  expect(retryAfterMs(header, NOW)).toBe(ms)
})

test('the jitter is full, doubles its ceiling with each failure and ends at 300 s', () => {
  const almost = (): number => 0.999_999
  expect(backoffMs(0, 0, () => 0)).toBe(0)
  expect([0, 1, 4, 9, 2000].map((n) => Math.round(backoffMs(n, 0, almost)))).toEqual([
    1000, 2000, 16_000, 300_000, 300_000,
  ])
})

test('Retry-After is a floor under the jitter', () => {
  expect(backoffMs(0, 5000, () => 0.5)).toBe(5000)
  expect(backoffMs(9, 5000, () => 0.5)).toBe(150_000)
})
