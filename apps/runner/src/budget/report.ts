/** Budgets as a heartbeat, `status` and metrics tell them. Pure. */
import { limitsOf, MEASURES, sumOf, usdOf } from './budget.ts'
import type { Budgets, Limits, Spending, Spent } from './budget.ts'

/** Spent today, reservations included, and the limit; a limit of null is none. */
export type BudgetLine = {
  readonly requests: number
  readonly requests_limit: number | null
  readonly output_tokens: number
  readonly output_tokens_limit: number | null
  readonly usd: number
  readonly usd_limit: number | null
  /** Requests without a known price: `usd` lacks theirs. */
  readonly unpriced_requests: number
  /** Why the last request was not made; null when it was. */
  readonly refused: string | null
}

export type BudgetReport = {
  /** The UTC day. */
  readonly day: string
  readonly total: BudgetLine
  /** Providers that took something today or have a limit. */
  readonly providers: Readonly<Record<string, BudgetLine>>
}

/** The day's spending beside its limits; `refused` names the providers whose last request was not made, and why. */
export function describeBudget(
  day: string,
  spending: readonly Spending[],
  budgets: Budgets,
  refused: Readonly<Record<string, string>>,
): BudgetReport {
  const limited = Object.keys(budgets.providers).filter((slug) => hasLimit(limitsOf(budgets, slug)))
  const slugs = [...new Set([...spending.map(({ provider }) => provider), ...limited])].sort()
  const lineFor = (slug: string): BudgetLine => {
    const rows = spending.filter(({ provider }) => provider === slug)
    return lineOf(sumOf(rows), unpricedOf(rows), limitsOf(budgets, slug), refused[slug] ?? null)
  }
  return {
    day,
    total: lineOf(sumOf(spending), unpricedOf(spending), budgets.total, null),
    providers: Object.fromEntries(slugs.map((slug) => [slug.replaceAll('-', '_'), lineFor(slug)])),
  }
}

function hasLimit(limits: Limits): boolean {
  return MEASURES.some((measure) => limits[measure] !== null)
}

function unpricedOf(spending: readonly Spending[]): number {
  return spending.reduce((sum, { unpricedRequests }) => sum + unpricedRequests, 0)
}

function lineOf(spent: Spent, unpriced: number, limits: Limits, refused: string | null): BudgetLine {
  return {
    requests: spent.requests,
    requests_limit: limits.requests,
    output_tokens: spent.outputTokens,
    output_tokens_limit: limits.outputTokens,
    usd: usdOf(spent.nanoUsd),
    usd_limit: limits.nanoUsd === null ? null : usdOf(limits.nanoUsd),
    unpriced_requests: unpriced,
    refused,
  }
}
