/**
 * Budgets of a UTC day: what may be spent at one provider and at all together, and whether a request still fits.
 * Pure. Money is counted in whole billionths of a US dollar, so that sums are exact.
 */

/** What a request takes. `nanoUsd` null: no price is known, so money does not count it. */
export type Amounts = {
  readonly requests: number
  readonly outputTokens: number
  readonly nanoUsd: number | null
}

export const MEASURES = ['requests', 'outputTokens', 'nanoUsd'] as const
export type Measure = (typeof MEASURES)[number]

/** The most of each in a UTC day; null no limit. */
export type Limits = { readonly [Name in Measure]: number | null }

export const NO_LIMITS: Limits = { requests: null, outputTokens: null, nanoUsd: null }

export type Budgets = {
  /** All providers together. */
  readonly total: Limits
  readonly providers: Readonly<Record<string, Limits>>
}

export type Spent = { readonly [Name in Measure]: number }

/** What a provider took in a day, with what is reserved and not settled yet. */
export type Spending = Spent & {
  readonly provider: string
  /** Requests whose price is not known: `nanoUsd` lacks theirs. */
  readonly unpricedRequests: number
}

const NOTHING_SPENT: Spent = { requests: 0, outputTokens: 0, nanoUsd: 0 }

/** Why a request may not leave: the limit it would break. */
export type Refusal = {
  /** Null: the budget of all providers together. */
  readonly provider: string | null
  readonly measure: Measure
  readonly limit: number
  readonly spent: number
}

/** The limits that hold at a provider. */
export function limitsOf(budgets: Budgets, provider: string): Limits {
  return budgets.providers[provider] ?? NO_LIMITS
}

/** Whether any limit is set for the provider, its own or that of all together. */
export function isLimited(budgets: Budgets, provider: string): boolean {
  return [budgets.total, limitsOf(budgets, provider)].some((limits) =>
    MEASURES.some((measure) => limits[measure] !== null),
  )
}

/** Whether a limit in money is set for the provider, its own or that of all together. */
export function hasMoneyLimit(budgets: Budgets, provider: string): boolean {
  return [budgets.total, limitsOf(budgets, provider)].some(({ nanoUsd }) => nanoUsd !== null)
}

/** The first limit that the request would break on top of what is spent, or null when it fits. */
export function refusalOf(
  asked: Amounts,
  provider: string,
  spending: readonly Spending[],
  budgets: Budgets,
): Refusal | null {
  const own = spending.filter((row) => row.provider === provider)
  return (
    brokenLimit(asked, sumOf(own), limitsOf(budgets, provider), provider) ??
    brokenLimit(asked, sumOf(spending), budgets.total, null)
  )
}

function brokenLimit(asked: Amounts, spent: Spent, limits: Limits, provider: string | null): Refusal | null {
  for (const measure of MEASURES) {
    const limit = limits[measure]
    const more = asked[measure]
    if (limit !== null && more !== null && spent[measure] + more > limit) {
      return { provider, measure, limit, spent: spent[measure] }
    }
  }
  return null
}

/** The sum of the rows. */
export function sumOf(spending: readonly Spent[]): Spent {
  return spending.reduce<Spent>(
    (sum, row) => ({
      requests: sum.requests + row.requests,
      outputTokens: sum.outputTokens + row.outputTokens,
      nanoUsd: sum.nanoUsd + row.nanoUsd,
    }),
    NOTHING_SPENT,
  )
}

/** The UTC day of a moment, as `2026-11-24`. */
export function dayOf(wallMs: number): string {
  return new Date(wallMs).toISOString().slice(0, 10)
}

/** The refusal as a sentence for a log and a person. */
export function describeRefusal({ provider, measure, limit, spent }: Refusal): string {
  const whose = provider === null ? 'all providers together' : provider
  return `the day's budget of ${whose}, ${amount(measure, limit)}, leaves no room (${amount(measure, spent)} spent); it begins anew at 00:00 UTC`
}

function amount(measure: Measure, value: number): string {
  switch (measure) {
    case 'requests':
      return `${value} requests`
    case 'outputTokens':
      return `${value} output tokens`
    case 'nanoUsd':
      return `${usdOf(value)} USD`
  }
}

/** Billionths of a dollar as dollars, to the tenth of a cent's thousandth that is shown. */
export function usdOf(nanoUsd: number): number {
  return Math.round(nanoUsd / 1000) / 1e6
}
