/** Budgets out of an environment: `BUDGET_…_PER_DAY` for all providers together, `GROQ_BUDGET_…_PER_DAY` for one. */
import { ConfigurationError, variablePrefix } from '@llmbench/providers'
import type { Environment } from '@llmbench/providers'
import { MEASURES, NO_LIMITS } from './budget.ts'
import type { Budgets, Limits, Measure } from './budget.ts'

const SUFFIXES: Readonly<Record<Measure, string>> = {
  requests: 'BUDGET_REQUESTS_PER_DAY',
  outputTokens: 'BUDGET_OUTPUT_TOKENS_PER_DAY',
  nanoUsd: 'BUDGET_USD_PER_DAY',
}
/** Our names, and those one could take for ours. */
const LOOKS_LIKE_ONE = /^BUDGET_|_BUDGET_(REQUESTS|OUTPUT|TOKENS|USD)/
const LARGEST = 1e12
const LARGEST_USD = 1e6

/**
 * The budgets, of all together and of each of these providers. Throws ConfigurationError for a value that is no number,
 * and for a variable that looks like a budget and is none: a misspelt limit would be no limit.
 */
export function readBudgets(environment: Environment, slugs: readonly string[]): Budgets {
  const names = new Set<string>()
  const limits = (prefix: string): Limits => {
    const read = MEASURES.map((measure) => {
      const name = prefix + SUFFIXES[measure]
      names.add(name)
      return [measure, readLimit(name, environment[name]?.trim() ?? '', measure)] as const
    })
    return { ...NO_LIMITS, ...Object.fromEntries(read) }
  }
  const total = limits('')
  const providers = Object.fromEntries(slugs.map((slug) => [slug, limits(variablePrefix(slug))]))
  const odd = Object.keys(environment).find((name) => LOOKS_LIKE_ONE.test(name) && !names.has(name))
  if (odd !== undefined) {
    throw new ConfigurationError(
      `${odd} is no budget: it should be one of ${Object.values(SUFFIXES).join(', ')}, or one of these after a provider's name, such as ${variablePrefix('groq')}${SUFFIXES.requests}`,
    )
  }
  return { total, providers }
}

function readLimit(name: string, text: string, measure: Measure): number | null {
  if (text === '') return null
  const isMoney = measure === 'nanoUsd'
  const wanted = isMoney ? /^\d+(\.\d+)?$/ : /^\d+$/
  const value = wanted.test(text) ? Number(text) : Number.NaN
  if (!(value <= (isMoney ? LARGEST_USD : LARGEST))) {
    const what = isMoney ? 'an amount of US dollars, such as 2.50' : 'a whole number'
    throw new ConfigurationError(`${name} should be ${what}`)
  }
  return isMoney ? Math.round(value * 1e9) : value
}
