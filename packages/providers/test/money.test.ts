/** Where money is the reason of an error, and where it is only mentioned. */
import { expect, test } from 'vitest'
import { classifyError } from '../src/errors.ts'

const kindOf = (status: number | null, message: string, code: string | null = null): string =>
  classifyError({ status, type: null, code, message })

test.each([
  'Your balance is 0',
  'Account balance: -0.52',
  'Balance: $0.00, please top up',
  'Your balance is negative',
  'The wallet is empty',
  'Insufficient wallet balance',
  'INSUFFICIENT_FUNDS',
  'error: insufficient_balance',
  'Your trial credits have expired',
  'All used: you have used all your credits',
  'You have no credits left',
  'There are not enough credits for this request',
  'You do not have enough credits',
  'Your account has no credits',
  'A positive balance is required',
  'Please top up your account',
  'Please recharge your account',
  'The last payment failed',
  'Your payment was declined',
  'The invoice is overdue',
  'Access denied due to overdue account',
  'Suspended for non-payment',
  'The account is delinquent',
  'Monthly spend cap reached',
  'Key limit exceeded (monthly limit)',
  'Hard limit of $10 reached',
  'The workspace has exceeded its budget',
  'Workspace budget exceeded',
  'ExceededBudget: user over budget',
  'The user quota is not enough',
  'Billing is not enabled for this project',
  'The billing account for the owning project is disabled',
  'You have reached your specified API usage limits',
])('is the reason, whatever the 4xx: %s', (message) => {
  for (const status of [400, 403, 404, 412, 422, 429, null]) expect(kindOf(status, message)).toBe('billing')
})

test.each([
  'A payment method is needed for this model',
  'INVALID_PAYMENT_INSTRUMENT: give a valid payment instrument',
  'Your account needs a credit card on file',
])('is the reason, unless a rate is: %s', (message) => {
  expect(kindOf(403, message)).toBe('billing')
  expect(kindOf(429, message)).toBe('rate_limit')
})

test.each([
  'INSUFFICIENT_BALANCE',
  'insufficient-quota',
  'InsufficientFunds',
  'credit_limit',
  'credits_exhausted',
  'out_of_credits',
  'BILLING_DISABLED',
  'payment_method_required',
  'AccountOverdueError',
  'SPEND_LIMIT_EXCEEDED',
  'personal-team-blocked:spending-limit',
  'blocked_api_access',
  'BudgetExceededError',
  'AllocationQuota.FreeTierOnly',
])('is the reason by the code %s', (code) => {
  for (const status of [400, 403, 429]) expect(kindOf(status, 'w', code)).toBe('billing')
})

test.each([
  'Rate limit exceeded. Upgrade or buy credits at https://host.example/settings/credits',
  'The rate limit of your plan is reached. Add a payment method to raise it.',
  'Free tier rate limit exceeded; paid credits have higher limits',
  'Too many requests. Free credits do not change this limit.',
  'Throttled. Your account balance does not matter here.',
  'Daily quota exceeded, see https://host.example/billing/balance',
  'You exceeded your current quota, please check your plan and billing details.',
  'Concurrency limit exceeded: balance your load over several keys',
  'Tokens per minute exceeded (credit tier 1)',
  'Limit 0, used 0. Visit https://host.example/billing to add a payment method',
])('is not the reason of a 429: %s', (message) => {
  expect(kindOf(429, message)).toBe('rate_limit')
})

test.each([
  'You do not have access to the balance endpoint',
  'Insufficient permissions to read credits',
  'Insufficient scope: billing.read',
  'This key may not view payment settings',
  'No credit card is needed to sign up, but a key is',
  'This model needs a paid plan',
  'Billing is enabled but the API is off',
  'Enable the API in the billing console',
])('is not the reason of a 403: %s', (message) => {
  expect(kindOf(403, message)).toBe('auth')
})

test.each([
  [400, 'Load balancing is not supported for this parameter', 'hard_capability'],
  [400, 'Rebalancing shards, try again later', 'transient_provider'],
  [400, 'A prompt about credit scores was rejected by our content policy', 'hard_capability'],
  [400, 'Unsupported parameter: n. You have not been billed.', 'hard_capability'],
  [400, 'Context length exceeded, no credits were charged', 'hard_capability'],
  [400, 'Unsupported parameter: budget_tokens must be below max_tokens', 'hard_capability'],
  [400, 'Thinking budget exceeded', 'unknown'],
  [400, 'The output token budget has been exceeded', 'unknown'],
  [400, 'Invalid JSON in the field "payment"', 'unknown'],
  [404, 'The model credit-risk-7b does not exist', 'hard_model'],
  [404, 'The model payment-large-v1 was not found', 'hard_model'],
  [503, 'The load balancer has no healthy upstream', 'transient_provider'],
  [500, 'Out of credits', 'transient_provider'],
])('is not the reason of %s %s', (status, message, kind) => {
  expect(kindOf(status, message)).toBe(kind)
})

test('a long message of what money words begin with is classified at once', () => {
  for (const word of [
    'exceeded ',
    'credits ',
    'balance: ',
    'budget ',
    'https://',
    'billing account ',
    '_',
    'payment ',
  ])
    expect(kindOf(400, word.repeat(200_000))).toMatch(/[a-z]/)
})
