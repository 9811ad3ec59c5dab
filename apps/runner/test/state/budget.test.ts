import fc from 'fast-check'
import { expect, test } from 'vitest'
import { NO_LIMITS, sumOf } from '../../src/budget/budget.ts'
import type { Amounts, Budgets } from '../../src/budget/budget.ts'
import { openState } from '../../src/state/state.ts'
import { temporaryFolder } from '../support/folders.ts'
import { openTestState } from '../support/states.ts'

const DAY = '2026-11-24'
const UNLIMITED: Budgets = { total: NO_LIMITS, providers: {} }
const ASKED: Amounts = { requests: 1, outputTokens: 64, nanoUsd: 100 }
const reservation = (id: string, asked = ASKED, day = DAY) => ({ id, day, provider: 'groq', asked })

test('a reservation counts at once, its settlement replaces it, and a second settlement changes nothing', () => {
  const state = openTestState(temporaryFolder())
  expect(state.reserveBudget(reservation('a'), UNLIMITED)).toBeNull()
  const reserved = { provider: 'groq', requests: 1, outputTokens: 64, nanoUsd: 100, unpricedRequests: 0 }
  expect(state.readSpending(DAY)).toEqual([reserved])
  const used = { requests: 1, outputTokens: 10, nanoUsd: 7 }
  state.settleBudget('a', used)
  expect(state.readSpending(DAY)).toEqual([{ ...reserved, ...used }])
  state.settleBudget('a', used)
  state.settleBudget('never reserved', ASKED)
  expect(state.readSpending(DAY)).toEqual([{ ...reserved, ...used }])
})

test('a reservation that a dead process left counts as spent in full, and late news of it changes nothing', () => {
  const folder = temporaryFolder()
  const before = openTestState(folder)
  before.reserveBudget(reservation('a'), UNLIMITED)
  before.close()
  const after = openTestState(folder)
  after.settleBudget('a', { requests: 1, outputTokens: 0, nanoUsd: 0 })
  expect(after.readSpending(DAY)).toMatchObject([{ requests: 1, outputTokens: 64, nanoUsd: 100 }])
})

test('at the cap nothing is taken; the next day has a budget of its own', () => {
  const state = openTestState(temporaryFolder())
  const budgets = { total: NO_LIMITS, providers: { groq: { ...NO_LIMITS, requests: 1 } } }
  expect(state.reserveBudget(reservation('a'), budgets)).toBeNull()
  expect(state.reserveBudget(reservation('b'), budgets)).toMatchObject({ measure: 'requests', spent: 1 })
  expect(state.readSpending(DAY)).toMatchObject([{ requests: 1 }])
  expect(state.reserveBudget(reservation('c', ASKED, '2026-11-25'), budgets)).toBeNull()
})

test('a settlement after midnight is paid by the day that reserved it', () => {
  const state = openTestState(temporaryFolder())
  state.reserveBudget(reservation('a'), UNLIMITED)
  state.reserveBudget(reservation('b', ASKED, '2026-11-25'), UNLIMITED)
  state.settleBudget('a', { requests: 1, outputTokens: 1, nanoUsd: 1 })
  expect(state.readSpending(DAY)).toMatchObject([{ outputTokens: 1 }])
  expect(state.readSpending('2026-11-25')).toMatchObject([{ outputTokens: 64 }])
})

test('requests without a price are counted apart', () => {
  const state = openTestState(temporaryFolder())
  const asked = { requests: 1, outputTokens: 64, nanoUsd: null }
  state.reserveBudget(reservation('a', asked), UNLIMITED)
  state.reserveBudget(reservation('b', asked), UNLIMITED)
  state.settleBudget('b', { requests: 0, outputTokens: 0, nanoUsd: null })
  expect(state.readSpending(DAY)).toMatchObject([{ nanoUsd: 0, unpricedRequests: 1 }])
})

const step = fc.record({
  kind: fc.constantFrom('reserve', 'reserve', 'reserve', 'settle', 'crash'),
  outputTokens: fc.integer({ min: 1, max: 200 }),
  share: fc.double({ min: 0, max: 1, noNaN: true }),
})

test('through any course of reserving, settling and crashing the sum is what was used or, unsettled, reserved; never above the limit', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), fc.integer({ min: 0, max: 1000 }), (steps, limit) => {
      const folder = temporaryFolder()
      const budgets = { total: { ...NO_LIMITS, outputTokens: limit }, providers: {} }
      let { state } = openState(folder, 0)
      let ids = 0
      let expected = 0
      const open = new Map<string, number>()
      for (const { kind, outputTokens, share } of steps) {
        const [first] = open
        if (kind === 'reserve') {
          const id = `id-${ids++}`
          const asked = { requests: 1, outputTokens, nanoUsd: null }
          const refusal = state.reserveBudget(reservation(id, asked), budgets)
          expect(refusal === null).toBe(expected + outputTokens <= limit)
          if (refusal === null) {
            open.set(id, outputTokens)
            expected += outputTokens
          }
        } else if (kind === 'settle' && first !== undefined) {
          const used = Math.floor(first[1] * share)
          state.settleBudget(first[0], { requests: 1, outputTokens: used, nanoUsd: null })
          open.delete(first[0])
          expected += used - first[1]
        } else if (kind === 'crash') {
          state.close()
          state = openState(folder, 0).state
          open.clear()
        }
        expect(sumOf(state.readSpending(DAY)).outputTokens).toBe(expected)
        expect(expected).toBeLessThanOrEqual(limit)
      }
      state.close()
    }),
    { seed: 20_261_124, numRuns: 25 },
  )
})
