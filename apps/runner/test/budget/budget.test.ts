import fc from 'fast-check'
import { expect, test } from 'vitest'
import { describeRefusal, isLimited, NO_LIMITS, refusalOf, sumOf } from '../../src/budget/budget.ts'
import type { Amounts, Budgets, Limits, Spending } from '../../src/budget/budget.ts'

const asked = (requests: number, outputTokens: number, nanoUsd: number | null): Amounts => ({
  requests,
  outputTokens,
  nanoUsd,
})
const row = (provider: string, requests: number, outputTokens: number, nanoUsd: number): Spending => ({
  provider,
  requests,
  outputTokens,
  nanoUsd,
  unpricedRequests: 0,
})
const budgets = (total: Partial<Limits>, groq: Partial<Limits> = {}): Budgets => ({
  total: { ...NO_LIMITS, ...total },
  providers: { groq: { ...NO_LIMITS, ...groq } },
})

test('a request that fills the budget to its brim may leave, one more may not', () => {
  const spent = [row('groq', 1, 64, 0)]
  expect(refusalOf(asked(1, 64, null), 'groq', spent, budgets({}, { outputTokens: 128 }))).toBeNull()
  expect(refusalOf(asked(1, 65, null), 'groq', spent, budgets({}, { outputTokens: 128 }))).toEqual({
    provider: 'groq',
    measure: 'outputTokens',
    limit: 128,
    spent: 64,
  })
})

test('what other providers spend counts for all together and not for one', () => {
  const spent = [row('groq', 3, 0, 0), row('openai', 7, 0, 0)]
  expect(refusalOf(asked(1, 0, null), 'groq', spent, budgets({}, { requests: 4 }))).toBeNull()
  expect(refusalOf(asked(1, 0, null), 'groq', spent, budgets({ requests: 10 }))).toMatchObject({
    provider: null,
    spent: 10,
  })
  expect(refusalOf(asked(1, 0, null), 'together', spent, budgets({}, { requests: 0 }))).toBeNull()
})

test('a request without a known price is held by requests and tokens alone', () => {
  const spent = [row('groq', 0, 0, 5)]
  expect(refusalOf(asked(1, 1, null), 'groq', spent, budgets({ nanoUsd: 5 }))).toBeNull()
  expect(refusalOf(asked(1, 1, 1), 'groq', spent, budgets({ nanoUsd: 5 }))).toMatchObject({
    measure: 'nanoUsd',
  })
})

test('a budget of 0 lets nothing leave; no budget lets everything leave', () => {
  expect(refusalOf(asked(1, 1, 1), 'groq', [], budgets({ requests: 0 }))).not.toBeNull()
  expect(refusalOf(asked(1e9, 1e9, 1e9), 'groq', [], budgets({}))).toBeNull()
  expect(isLimited(budgets({}), 'groq')).toBe(false)
  expect(isLimited(budgets({}, { nanoUsd: 0 }), 'groq')).toBe(true)
  expect(isLimited(budgets({}, { nanoUsd: 0 }), 'openai')).toBe(false)
})

test('a refusal is said in words, money in dollars', () => {
  const refusal = { provider: 'groq', measure: 'nanoUsd', limit: 2.5e9, spent: 2_499_990_000 } as const
  expect(describeRefusal(refusal)).toBe(
    "the day's budget of groq, 2.5 USD, leaves no room (2.49999 USD spent); it begins anew at 00:00 UTC",
  )
  expect(describeRefusal({ ...refusal, provider: null, measure: 'requests', limit: 10, spent: 10 })).toMatch(
    /^the day's budget of all providers together, 10 requests, leaves no room \(10 requests spent\)/,
  )
})

const limit = fc.option(fc.nat(3000))
const someLimits = fc.record({ requests: fc.option(fc.nat(12)), outputTokens: limit, nanoUsd: limit })
const someAsked = fc.record({
  provider: fc.constantFrom('groq', 'openai'),
  amounts: fc.record({
    requests: fc.constant(1),
    outputTokens: fc.nat(500),
    nanoUsd: fc.option(fc.nat(500)),
  }),
})

test('whatever is asked for, no limit is ever exceeded, and what is refused would have exceeded the one it names', () => {
  fc.assert(
    fc.property(someLimits, someLimits, fc.array(someAsked, { maxLength: 40 }), (total, groq, requests) => {
      const set: Budgets = { total, providers: { groq } }
      const spending: Spending[] = []
      for (const { provider, amounts } of requests) {
        const refusal = refusalOf(amounts, provider, spending, set)
        if (refusal === null) {
          spending.push({ ...amounts, provider, nanoUsd: amounts.nanoUsd ?? 0, unpricedRequests: 0 })
        } else {
          expect(refusal.spent + (amounts[refusal.measure] ?? 0)).toBeGreaterThan(refusal.limit)
          expect(refusal.provider === null ? total : groq).toMatchObject({ [refusal.measure]: refusal.limit })
        }
      }
      const own = sumOf(spending.filter(({ provider }) => provider === 'groq'))
      for (const measure of ['requests', 'outputTokens', 'nanoUsd'] as const) {
        expect(own[measure]).toBeLessThanOrEqual(groq[measure] ?? Infinity)
        expect(sumOf(spending)[measure]).toBeLessThanOrEqual(total[measure] ?? Infinity)
      }
    }),
    { seed: 20_261_124 },
  )
})
