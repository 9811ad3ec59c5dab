/** Errors in the words of providers, gateways and proxies, and what each means: see docs/measurement.md, kinds of errors. */
import { describe, expect, test } from 'vitest'
import { classifyError } from '../src/errors.ts'
import { readHttpError } from '../src/http-error.ts'
import { CHAT, fieldsOf } from './support/runs.ts'

const kindOf = (status: number, error: string | object): string =>
  classifyError(
    readHttpError(status, JSON.stringify({ error: typeof error === 'string' ? { message: error } : error })),
  )

describe('money', () => {
  test.each([
    [429, '余额不足或无可用资源包,请充值。'],
    [403, '用户额度不足, 剩余额度: $-0.000002'],
    [403, '该令牌额度已用尽'],
    [400, '您的账户已欠费'],
    [429, 'Insufficient balance or no resource package. Please recharge.'],
    [429, 'Rate limited: not enough credits on this account'],
    [403, 'Your paid balance is insufficient. Please top up and try again.'],
    [403, 'Your account is past due'],
    [400, 'Access denied, please make sure your account is in good standing.'],
    [429, 'Usage credits are required for this model.'],
    [403, 'You have exceeded your monthly included credits. Subscribe to get more credits.'],
    [429, 'Insufficient credits. Purchase more credits to raise your rate limit.'],
    [400, 'Credit balance fell below the minimum'],
    [400, 'Your spending limit for this project was reached'],
  ])('is the reason of %s %s', (status, message) => {
    expect(kindOf(status, message)).toBe('billing')
  })

  test.each([
    [429, { type: 'rate_limit_error', message: 'x', details: { error_code: 'credits_required' } }],
    [401, { type: 'CreditsError', message: 'x' }],
    [403, { code: 'InsufficientBalance', message: 'x' }],
    [429, { code: 'insufficient-quota', message: 'x' }],
  ])('is named by the code of %s %j', (status, error) => {
    expect(kindOf(status, error)).toBe('billing')
  })

  test.each([
    [429, 'Rate limit exceeded – purchase credits to increase your limit'],
    [429, 'Rate limit exceeded, add credits or upgrade your plan'],
    [429, 'Limit exceeded: buy credits to go on'],
    [429, 'Free tier limit reached. No credit card required to upgrade to Developer.'],
    [429, 'Request limit exceeded for accounts with no credits: 20 requests per minute'],
    [429, 'You have exceeded the 5-hour usage quota. Wait, or purchase more credits below.'],
    [429, 'You have run out of free requests for today, no balance is charged'],
    [429, '您当前使用该API的并发数过高，请降低并发，或联系客服增加限额。'],
  ])('is only offered by %s %s', (status, message) => {
    expect(kindOf(status, message)).toBe('rate_limit')
  })

  test.each([
    'Thinking token budget has been exceeded for this request',
    'The reasoning budget has been exceeded',
  ])('is not meant by: %s', (message) => {
    expect(kindOf(400, message)).not.toBe('billing')
  })
})

describe('the model', () => {
  test.each([
    'The model `llama-3.1-8b-instant` does not exist or you do not have access to it.',
    'model "qwen2.5-72b" not found, try pulling it first',
    'model `claude-sonnet-4-6` is not supported.',
    'The requested model is not supported by any provider you have enabled.',
    'Endpoint for model x does not exist',
    'Unknown model: x',
    'x is not a valid model ID',
    'The model x has been deprecated, use y instead',
    'The model: x could not be found',
  ])('is gone: %s', (message) => {
    expect(kindOf(400, message)).toBe('hard_model')
  })

  test.each([
    'Invalid model parameter: temperature must be 1',
    'Unsupported model parameters: temperature',
    'Temperature for this model is no longer supported',
    "Setting 'temperature' on this model has been deprecated, remove the parameter",
    'This model only supports temperature=1; see the model card, parameter not found otherwise',
    'The model does not support the parameter stop, or the parameter does not exist',
    'Unsupported model settings: unsupported value',
  ])('is there, and refuses what was asked: %s', (message) => {
    expect(kindOf(400, { message, type: 'invalid_request_error' })).toBe('hard_capability')
  })

  test.each([
    [{ message: 'Invalid model output: could not parse', type: 'server_error' }, 'transient_provider'],
    [{ message: 'The file referenced by model was not found' }, 'unknown'],
  ])('is there, and failed: %j', (error, kind) => {
    expect(kindOf(400, error)).toBe(kind)
  })
})

test.each([
  { code: 'token_quota_exceeded', message: 'x' },
  { type: 'ServiceQuotaExceededException', message: 'x' },
])('a quota that is used up, %j, is a rate', (error) => {
  expect(kindOf(400, error)).toBe('rate_limit')
})

describe('a parameter or feature', () => {
  test.each([
    [
      422,
      { detail: [{ type: 'extra_forbidden', loc: ['body', 'x'], msg: 'Extra inputs are not permitted' }] },
    ],
    [400, { message: 'thinking.budget_tokens: Input should be greater than or equal to 1024' }],
    [400, { message: 'max_tokens is too large: 64. This model supports at most 32' }],
    [400, { message: 'The operation does not work with the specified model', code: 'OperationNotSupported' }],
    [400, { message: 'Unrecognized request argument supplied: reasoning_effort' }],
  ])('is named by %s %j', (status, error) => {
    expect(kindOf(status, error)).toBe('hard_capability')
  })
})

describe('a passing failure', () => {
  test.each([
    { message: 'Model x is currently loading' },
    { message: 'Task timed out after 30.00 seconds' },
    { message: 'context deadline exceeded' },
    { message: 'unexpected EOF' },
    { message: 'upstream error: connection refused' },
    { message: 'Service temporarily unavailable, please try again later', type: 'invalid_request_error' },
    {
      message: 'Upstream request timed out',
      type: 'invalid_request_error',
      code: 'bad_response_status_code',
    },
    { message: 'CUDA out of memory' },
    { message: 'Request failed during generation: Server error: the worker died', type: 'generation' },
  ])('is told in words at a 400: %j', (error) => {
    expect(kindOf(400, error)).toBe('transient_provider')
  })

  test.each([
    [
      '<!DOCTYPE html><html><head><title>Just a moment...</title></head></html>',
      'transient_provider',
      'Just a moment',
    ],
    ['<html><body><h1>Access denied</h1>Error 1010</body></html>', 'transient_provider', 'Error 1010'],
    ['{"error":{"message":"This key has no permission"}}', 'auth', 'permission'],
    ['Forbidden', 'auth', 'Forbidden'],
  ])('a 403 with the body %s is %s', (body, kind, words) => {
    const document = fieldsOf(CHAT, [body], { response: { status: 403, headers: {} } })
    expect(document).toMatchObject({ error_kind: kind, http_status: 403, phase: 'headers' })
    expect(document['message']).toContain(words)
  })

  test('a 401 is about the key, whatever its body', () => {
    expect(
      fieldsOf(CHAT, ['<html><body>Sign in</body></html>'], { response: { status: 401, headers: {} } }),
    ).toMatchObject({ error_kind: 'auth' })
  })
})

describe('inside a 200 answer, where no status helps', () => {
  test.each([
    [{ code: '1305', message: '当前API请求过多，请稍后重试。' }, 'rate_limit'],
    [{ code: '1302', message: '您当前使用该API的并发数过高，请降低并发。' }, 'rate_limit'],
    [{ message: '请求过于频繁，触发限流' }, 'rate_limit'],
    [{ message: 'High concurrency usage of this API, please reduce concurrency' }, 'rate_limit'],
    [{ message: '系统繁忙，请稍后再试' }, 'transient_provider'],
    [{ message: '模型过载' }, 'transient_provider'],
    [{ code: 'InternalServiceError', message: 'x' }, 'transient_provider'],
    [{ code: 'ServerOverloaded', message: 'x' }, 'transient_provider'],
    [{ message: '模型不存在，请检查模型代码。' }, 'hard_model'],
    [{ message: '无效的令牌' }, 'auth'],
    [{ message: 'API Key 无效或已过期' }, 'auth'],
    [{ code: 'InvalidApiKey', message: 'x' }, 'auth'],
    [
      { code: '1004', message: "login fail: Please carry the API secret key in the 'Authorization' field" },
      'auth',
    ],
    [{ code: '1113', message: '余额不足' }, 'billing'],
  ])('%j is %s', (error, kind) => {
    expect(fieldsOf(CHAT, [`data: ${JSON.stringify({ error })}\n\n`])).toMatchObject({
      error_kind: kind,
      http_status: 200,
    })
  })
})

test.each(['None', 'null', 'undefined'])('a type or code that says %s is none', (word) => {
  expect(readHttpError(500, JSON.stringify({ error: { message: 'w', type: word, code: word } }))).toEqual({
    status: 500,
    type: null,
    code: null,
    message: 'w',
  })
})

test('a long message of repeated words is classified at once', () => {
  for (const word of [
    'exceeded ',
    'credits and ',
    'account ',
    'for this model ',
    'model is ',
    '额度',
    'no credit ',
  ]) {
    expect(kindOf(400, word.repeat(100_000))).toMatch(/[a-z]/)
  }
})
