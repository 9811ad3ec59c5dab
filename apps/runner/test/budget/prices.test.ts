import fc from 'fast-check'
import { expect, test } from 'vitest'
import { costNanoUsd, Price, priceAt } from '../../src/budget/prices.ts'

const price = (from: string, output: number, currency = 'USD'): Price => ({
  from,
  currency,
  input_per_million: 0,
  output_per_million: output,
})
const at = (text: string): number => Date.parse(text)

test('the price that holds is the last one that has begun', () => {
  const prices = [price('2026-06-01', 2), price('2026-01-01', 1), price('2027-01-01', 3)]
  expect(priceAt(prices, at('2026-05-31T23:59:59.999Z'))?.output_per_million).toBe(1)
  expect(priceAt(prices, at('2026-06-01T00:00:00Z'))?.output_per_million).toBe(2)
  expect(priceAt(prices, at('2028-01-01'))?.output_per_million).toBe(3)
})

test('before the first price, without any, or in another currency the price is unknown', () => {
  expect(priceAt([price('2026-06-01', 2)], at('2026-05-31'))).toBeNull()
  expect(priceAt([], at('2026-05-31'))).toBeNull()
  expect(priceAt([price('2026-01-01', 1), price('2026-02-01', 2, 'EUR')], at('2026-03-01'))).toBeNull()
  const both = [price('2026-02-01', 1, 'usd'), price('2026-02-01', 2, 'EUR')]
  expect(priceAt(both, at('2026-03-01'))?.output_per_million).toBe(1)
})

test.each([
  [{ from: 'soon' }],
  [{ from: '2026-13-01' }],
  [{ output_per_million: -1 }],
  [{ output_per_million: '2' }],
  [{ input_per_million: Infinity }],
])('%j is no price', (difference) => {
  expect(Price.safeParse({ ...price('2026-01-01', 1), ...difference }).success).toBe(false)
})

test('a cost is exact to the billionth and rounds up', () => {
  const groq = { ...price('2026-01-01', 0.08), input_per_million: 0.05 }
  expect(costNanoUsd(groq, 59, 64)).toBe(59 * 50 + 64 * 80)
  expect(costNanoUsd(price('2026-01-01', 0.0375), 0, 1)).toBe(38)
  expect(costNanoUsd(price('2026-01-01', 0.3), 0, 1)).toBe(300)
  expect(costNanoUsd(price('2026-01-01', 0), 9, 9)).toBe(0)
})

test('a cost grows with its tokens and is a whole number', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1000, noNaN: true }),
      fc.nat(1e6),
      fc.nat(1e6),
      (rate, tokens, more) => {
        const one = costNanoUsd(price('2026-01-01', rate), 0, tokens)
        expect(Number.isSafeInteger(one)).toBe(true)
        expect(costNanoUsd(price('2026-01-01', rate), 0, tokens + more)).toBeGreaterThanOrEqual(one)
      },
    ),
    { seed: 20_261_124 },
  )
})
