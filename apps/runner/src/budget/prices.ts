/** Prices of a model: data with dates, out of its metadata. Pure. */
import { z } from 'zod'

const DATE = /^\d{4}-\d{2}-\d{2}(T[\d:.]+(Z|[+-]\d{2}:\d{2}))?$/

/** `from` is the day, or the moment, from which on the price holds. */
export const Price = z.object({
  from: z
    .string()
    .regex(DATE)
    .refine((text) => !Number.isNaN(Date.parse(text))),
  currency: z.string(),
  input_per_million: z.number().nonnegative(),
  output_per_million: z.number().nonnegative(),
})
export type Price = z.infer<typeof Price>

/** The price in US dollars that holds at that moment; null where none is known, in that currency or at all. */
export function priceAt(prices: readonly Price[], wallMs: number): Price | null {
  const begun = prices.filter(({ from }) => Date.parse(from) <= wallMs)
  const latestMs = Math.max(...begun.map(({ from }) => Date.parse(from)))
  const holding = begun.filter(({ from }) => Date.parse(from) === latestMs)
  return holding.findLast(({ currency }) => currency.toUpperCase() === 'USD') ?? null
}

/** What that many tokens cost, in whole billionths of a dollar, rounded up. */
export function costNanoUsd(price: Price, inputTokens: number, outputTokens: number): number {
  // A dollar a million tokens is 1,000 billionths a token.
  return Math.ceil(
    roundOff((price.input_per_million * inputTokens + price.output_per_million * outputTokens) * 1000),
  )
}

/** Takes away what binary fractions add, so that rounding up does not charge for it. */
function roundOff(value: number): number {
  return Number(value.toPrecision(14))
}
