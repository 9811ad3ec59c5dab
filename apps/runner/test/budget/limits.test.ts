import { expect, test } from 'vitest'
import { readBudgets } from '../../src/budget/limits.ts'

const SLUGS = ['groq', 'openai-compatible', 'z-ai']

test('budgets are read for all together and for one provider, money to the billionth', () => {
  const environment = {
    BUDGET_REQUESTS_PER_DAY: '5000',
    BUDGET_USD_PER_DAY: '2.50',
    GROQ_BUDGET_OUTPUT_TOKENS_PER_DAY: '100000',
    OPENAI_COMPATIBLE_BUDGET_REQUESTS_PER_DAY: '0',
    BUDGET_OUTPUT_TOKENS_PER_DAY: '',
    GROQ_API_KEY: 'unrelated',
    Z_AI_BUDGET_REQUESTS_PER_DAY: '7',
  }
  const { total, providers } = readBudgets(environment, SLUGS)
  expect(providers['z-ai']).toMatchObject({ requests: 7 })
  expect(total).toEqual({ requests: 5000, outputTokens: null, nanoUsd: 2_500_000_000 })
  expect(providers['groq']).toEqual({ requests: null, outputTokens: 100_000, nanoUsd: null })
  expect(providers['openai-compatible']).toMatchObject({ requests: 0 })
})

test.each([
  [{ BUDGET_REQUESTS_PER_DAY: '-1' }, /^BUDGET_REQUESTS_PER_DAY should be a whole number/],
  [{ BUDGET_REQUESTS_PER_DAY: '1e3' }, /^BUDGET_REQUESTS_PER_DAY should be a whole number/],
  [{ BUDGET_OUTPUT_TOKENS_PER_DAY: '1.5' }, /^BUDGET_OUTPUT_TOKENS_PER_DAY should be a whole number/],
  [{ GROQ_BUDGET_USD_PER_DAY: '2,50' }, /^GROQ_BUDGET_USD_PER_DAY should be an amount of US dollars/],
  [{ GORQ_BUDGET_USD_PER_DAY: '1' }, /^GORQ_BUDGET_USD_PER_DAY is no budget: it should be one of/],
  [{ BUDGET_EUR_PER_DAY: '1' }, /^BUDGET_EUR_PER_DAY is no budget/],
  [{ GROQ_BUDGET_REQUESTS: '1' }, /^GROQ_BUDGET_REQUESTS is no budget/],
])('%j is refused: a misspelt limit would be none', (environment, sentence) => {
  expect(() => readBudgets(environment, SLUGS)).toThrow(sentence)
})
