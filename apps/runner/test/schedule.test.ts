import fc from 'fast-check'
import { expect, test } from 'vitest'
import { afterAttempt, afterSkip, currentSlot, newModel, nextSlot, pickDue } from '../src/schedule.ts'
import type { AttemptEnd, Ended, Grid, ModelState } from '../src/schedule.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const grid: Grid = { anchorMs: 1000, intervalMs: 30 * MINUTE }
const success: AttemptEnd = { outcome: 'completed' }
const failure = (
  errorKind: 'network' | 'auth' | 'hard_capability' | 'hard_model' | 'rate_limit',
  retryAfterMs = 0,
): AttemptEnd => ({
  errorKind,
  retryAfterMs,
})

function ended(nowMs: number, differences: Partial<Ended> = {}): Ended {
  return { grid, nowMs, jitterMs: 0, attemptGroup: 'group', scheduledAt: 'slot', ...differences }
}

const inSlot = (k: number): number => grid.anchorMs + k * grid.intervalMs

test('the first slot is the start, so that a cycle begins at once', () => {
  expect(newModel(grid, grid.anchorMs, null).dueMs).toBe(grid.anchorMs)
  expect(pickDue(new Map([['a', newModel(grid, grid.anchorMs, null)]]), grid.anchorMs)).toBe('a')
})

test('slots that passed unused are skipped, never made up for', () => {
  const state = newModel(grid, grid.anchorMs, null)
  expect(afterAttempt(state, success, ended(inSlot(5) + 7)).dueMs).toBe(inSlot(6))
})

test('a model that comes back in the slot it was attempted in waits for the next one', () => {
  expect(newModel(grid, inSlot(2) + 9, inSlot(2) + 3).dueMs).toBe(inSlot(3))
  expect(newModel(grid, inSlot(2) + 9, inSlot(1) + 3).dueMs).toBe(inSlot(2))
})

test('jitter delays the attempt and not the slot', () => {
  const state = afterAttempt(newModel(grid, 1000, null), success, ended(2000, { jitterMs: 500 }))
  expect(state.dueMs).toBe(inSlot(1))
  const states = new Map([['a', state]])
  expect(pickDue(states, inSlot(1) + 499)).toBeNull()
  expect(pickDue(states, inSlot(1) + 500)).toBe('a')
})

test('most overdue first, then the one attempted longest ago', () => {
  const at = (dueMs: number, attemptedMs: number): ModelState => ({
    dueMs,
    jitterMs: 0,
    failures: 0,
    attemptedMs,
    reason: null,
    absences: 0,
    retry: null,
  })
  const states = new Map([
    ['recent', at(inSlot(2), 50)],
    ['longest ago', at(inSlot(2), 40)],
    ['overdue', at(inSlot(1), 60)],
    ['not due', at(inSlot(9), 0)],
  ])
  const order: (string | null)[] = []
  for (let next = pickDue(states, inSlot(3)); next !== null; next = pickDue(states, inSlot(3))) {
    order.push(next)
    states.delete(next)
  }
  expect(order).toEqual(['overdue', 'longest ago', 'recent'])
})

test('a passing failure earns one more attempt of the same group a minute later, and only one', () => {
  const first = afterAttempt(newModel(grid, 1000, null), failure('network'), ended(5000))
  expect(first.retry).toEqual({ atMs: 65_000, attemptGroup: 'group', scheduledAt: 'slot' })
  expect(pickDue(new Map([['a', first]]), 64_999)).toBeNull()
  const second = afterAttempt(first, failure('network'), ended(70_000))
  expect(second).toMatchObject({ retry: null, failures: 1, dueMs: inSlot(1) })
})

test('there is no second attempt where the next slot comes sooner', () => {
  const state = afterAttempt(newModel(grid, 1000, null), failure('network'), ended(inSlot(1) - MINUTE))
  expect(state).toMatchObject({ retry: null, dueMs: inSlot(1) })
})

test('a slot that was skipped is used up; a second attempt that was not made leaves the first one a failure', () => {
  const state = { ...newModel(grid, 1000, null), failures: 2 }
  expect(afterSkip(state, grid, 2000)).toEqual({ ...state, dueMs: inSlot(1) })
  const first = afterAttempt(state, failure('network'), ended(5000))
  expect(afterSkip(first, grid, 70_000)).toMatchObject({ retry: null, failures: 3, dueMs: inSlot(1) })
})

test('after four failures in a row the cadence doubles each time up to six hours, and a success restores it', () => {
  let state = newModel(grid, 1000, null)
  const waits: number[] = []
  for (let n = 0; n < 10; n++) {
    const nowMs = state.dueMs + 1000
    const next = afterAttempt({ ...state, retry: null }, failure('rate_limit'), ended(nowMs))
    waits.push((next.dueMs - state.dueMs) / grid.intervalMs)
    state = next
  }
  expect(waits).toEqual([1, 1, 1, 2, 4, 8, 12, 12, 12, 12])
  const restored = afterAttempt(state, success, ended(state.dueMs + 1000))
  expect(restored).toMatchObject({ failures: 0, dueMs: state.dueMs + grid.intervalMs })
})

test('a rate limit waits for Retry-After, at least one slot', () => {
  const state = newModel(grid, 1000, null)
  expect(afterAttempt(state, failure('rate_limit', 5000), ended(2000)).dueMs).toBe(inSlot(1))
  expect(afterAttempt(state, failure('rate_limit', HOUR), ended(2000)).dueMs).toBe(inSlot(3))
})

test('no kind of failure removes a model: hard ones are tried daily, refused ones hourly', () => {
  const state = newModel(grid, 1000, null)
  const gone = { ...failure('hard_model'), isCertain: true }
  expect(afterAttempt(state, gone, ended(2000)).dueMs).toBe(inSlot(48))
  expect(afterAttempt(state, failure('hard_capability'), ended(2000)).dueMs).toBe(inSlot(48))
  expect(afterAttempt(state, failure('auth'), ended(2000)).dueMs).toBe(inSlot(2))
})

test('a plain 404 rests a model for a day only when it comes in three slots in a row', () => {
  const absent = failure('hard_model')
  const dues: number[] = []
  let state = newModel(grid, 1000, null)
  for (const end of [absent, absent, success, absent, absent, absent]) {
    const slot = state.dueMs
    state = afterAttempt(state, end, ended(slot + 1000))
    dues.push((state.dueMs - slot) / grid.intervalMs)
  }
  expect(dues).toEqual([1, 1, 1, 1, 1, 48])
})

test('outcomes that are measurements keep the cadence; a truncated stream counts as a failure', () => {
  const state = newModel(grid, 1000, null)
  for (const outcome of ['budget_exhausted', 'empty', 'refused'] as const) {
    expect(afterAttempt(state, { outcome }, ended(2000))).toMatchObject({ failures: 0, dueMs: inSlot(1) })
  }
  expect(afterAttempt(state, { outcome: 'truncated' }, ended(2000)).failures).toBe(1)
})

test('however long attempts take and waits last, no slot is used twice and time never goes back', () => {
  const event = fc.record({
    waitMs: fc.integer({ min: 0, max: 3 * HOUR }),
    runMs: fc.integer({ min: 1, max: 2 * HOUR }),
    end: fc.constantFrom(success, failure('network'), failure('rate_limit', 90_000), failure('auth')),
  })
  fc.assert(
    fc.property(
      fc.array(event, { maxLength: 40 }),
      fc.integer({ min: 50, max: 2 * HOUR }),
      (events, intervalMs) => {
        const own: Grid = { anchorMs: 123, intervalMs }
        let nowMs = own.anchorMs
        let state = newModel(own, nowMs, null)
        const used = new Set<number>()
        for (const { waitMs, runMs, end } of events) {
          nowMs += waitMs
          if (pickDue(new Map([['a', state]]), nowMs) === null) continue
          const isRetry = state.retry !== null
          if (!isRetry) {
            const slot = state.dueMs
            expect(used.has(slot)).toBe(false)
            used.add(slot)
            expect((slot - own.anchorMs) % intervalMs).toBe(0)
          }
          nowMs += runMs
          const next = afterAttempt(state, end, ended(nowMs, { grid: own }))
          if (next.retry === null) expect(next.dueMs).toBeGreaterThan(nowMs)
          state = next
        }
      },
    ),
    { seed: 20_261_124 },
  )
})

test('a moment lies in its slot and before the next one', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: HOUR }), fc.integer({ min: 0, max: 1e9 }), (intervalMs, offset) => {
      const own: Grid = { anchorMs: 77, intervalMs }
      const now = 77 + offset
      expect(currentSlot(own, now)).toBeLessThanOrEqual(now)
      expect(nextSlot(own, now)).toBeGreaterThan(now)
      expect(nextSlot(own, now) - currentSlot(own, now)).toBe(intervalMs)
    }),
  )
})
