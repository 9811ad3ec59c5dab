import { findProfile } from '@llmbench/providers'
import type { Profile, RunDocument } from '@llmbench/providers'
import { expect, test } from 'vitest'
import type { Price } from '../../src/budget/prices.ts'
import { reservationOf, usageOf } from '../../src/budget/usage.ts'

const profile = findProfile('cloud-default-v1') as Profile
const price: Price = { from: '2026-01-01', currency: 'USD', input_per_million: 1, output_per_million: 2 }

const identity = {
  result_id: 'result-1',
  metrics_schema_version: 3,
  provider: 'groq',
  model_name: 'm',
} as const
const result = (differences: object = {}): RunDocument => ({
  ...identity,
  run_ts: '2026-11-24T00:00:00.000Z',
  generate_time: 1,
  output_tokens: 10,
  input_tokens: 20,
  tokens_per_second: 10,
  outcome: 'completed',
  ...differences,
})
const error = (phase: 'connect' | 'headers' | 'stream', httpStatus: number | null): RunDocument => ({
  ...identity,
  ts: '2026-11-24T00:00:00.000Z',
  stage: 'generate',
  message: 'no',
  exc_type: null,
  error_kind: 'network',
  phase,
  http_status: httpStatus,
})

const reserved = reservationOf(profile, price)

test('a request reserves its profile’s cap, and what cap and prompt can cost at most', () => {
  expect(reserved).toMatchObject({ requests: 1, outputTokens: 64 })
  // 59 bytes of prompt and 256 tokens of template at 1 USD, 64 tokens at 2 USD a million.
  expect(reserved.nanoUsd).toBe((59 + 256) * 1000 + 64 * 2000)
  expect(reservationOf(profile, null).nanoUsd).toBeNull()
})

test('a whole run used what its usage says', () => {
  const used = usageOf(result(), reserved, profile, price)
  expect(used).toEqual({ requests: 1, outputTokens: 10, nanoUsd: 20 * 1000 + 10 * 2000 })
  expect(usageOf(result({ output_tokens: 200 }), reserved, profile, price).outputTokens).toBe(200)
  expect(usageOf(result(), reserved, profile, null).nanoUsd).toBeNull()
})

test('a run that broke off used all that was reserved: nobody knows what went on at the provider', () => {
  expect(usageOf(result({ outcome: 'truncated' }), reserved, profile, price).outputTokens).toBe(64)
  expect(usageOf(error('stream', 200), reserved, profile, price)).toEqual(reserved)
  expect(usageOf(error('headers', null), reserved, profile, price)).toEqual(reserved)
})

test('a refused request used a request and no tokens, one that never connected used nothing', () => {
  const refused = { requests: 1, outputTokens: 0, nanoUsd: 0 }
  expect(usageOf(error('headers', 429), reserved, profile, price)).toEqual(refused)
  expect(usageOf(error('connect', null), reserved, profile, price)).toEqual({ ...refused, requests: 0 })
})
