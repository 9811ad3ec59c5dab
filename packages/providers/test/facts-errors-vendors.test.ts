/** Errors inside a 200 answer of Responses, Messages, Gemini and Converse. */
import { describe, expect, test } from 'vitest'
import { geminiParts, messageEvent, sse } from './support/chunks.ts'
import { encodeEventStream } from './support/eventstream.ts'
import { errorOf } from './support/fixtures.ts'

const CONVERSE = { provider: 'bedrock', requestMode: 'bedrock_converse_stream' } as const
const MESSAGES = { provider: 'anthropic', requestMode: 'anthropic_messages_stream' } as const
const RESPONSES = { provider: 'openai', requestMode: 'openai_responses_stream' } as const
const GEMINI = { provider: 'gemini', requestMode: 'gemini_generate_content_stream' } as const

describe('Responses', () => {
  const failed = (error: unknown) => sse({ type: 'response.failed', response: { status: 'failed', error } })

  test('an error event on the event itself or nested, then response.failed: the first one speaks', () => {
    const flat = sse({ type: 'error', code: 'insufficient_quota', message: 'Quota', param: null }, 'error')
    const nested = sse(
      { type: 'error', error: { type: 'insufficient_quota', code: 'insufficient_quota', message: 'Quota' } },
      'error',
    )
    for (const wire of [flat, nested]) {
      expect(errorOf(RESPONSES, wire + failed({ code: 'x', message: 'later' }))).toMatchObject({
        error_kind: 'billing',
        phase: 'first_token',
        message: 'Quota',
      })
    }
  })

  test('response.failed alone is an error, with or without words', () => {
    expect(errorOf(RESPONSES, failed({ code: 'server_error', message: 'Down' }))).toMatchObject({
      exc_type: 'server_error',
      error_kind: 'transient_provider',
    })
    expect(errorOf(RESPONSES, failed(null)).message).toBe('The provider reported an error without a message')
  })
})

describe('Messages', () => {
  test('overloaded in mid-stream is transient and says when it struck', () => {
    const error = messageEvent({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } })
    const text = messageEvent({ type: 'content_block_delta', delta: { type: 'text_delta', text: 'Once' } })
    expect(errorOf(MESSAGES, error)).toMatchObject({ phase: 'first_token', exc_type: 'overloaded_error' })
    expect(errorOf(MESSAGES, text + error)).toMatchObject({
      phase: 'stream',
      error_kind: 'transient_provider',
      http_status: 200,
    })
  })

  test("Google's form of an error in a Claude stream is read", () => {
    const wire = sse({ error: { code: 429, status: 'RESOURCE_EXHAUSTED', message: 'Quota exceeded' } })
    expect(errorOf({ ...MESSAGES, provider: 'vertex' }, wire)).toMatchObject({
      http_status: 429,
      error_kind: 'rate_limit',
    })
  })
})

test('Gemini: an error message in the stream', () => {
  const wire =
    geminiParts([{ text: 'Once' }]) +
    sse({ error: { code: 503, status: 'UNAVAILABLE', message: 'Overloaded' } })
  expect(errorOf(GEMINI, wire)).toMatchObject({
    phase: 'stream',
    http_status: 503,
    exc_type: 'UNAVAILABLE',
    error_kind: 'transient_provider',
  })
})

test.each([
  ['throttlingException', { message: 'Too many requests' }, 'ThrottlingException', 'rate_limit', 200],
  ['validationException', { message: 'Bad input' }, 'ValidationException', 'hard_capability', 200],
  ['internalServerException', { message: 'x' }, 'InternalServerException', 'transient_provider', 200],
  ['serviceUnavailableException', { message: 'x' }, 'ServiceUnavailableException', 'transient_provider', 200],
  ['modelTimeoutException', { message: 'x' }, 'ModelTimeoutException', 'transient_provider', 200],
  [
    'modelStreamErrorException',
    { message: 'x', originalStatusCode: 500, originalMessage: 'y' },
    'ModelStreamErrorException',
    'transient_provider',
    500,
  ],
  [
    'modelStreamErrorException',
    { message: 'x', originalStatusCode: 429 },
    'ModelStreamErrorException',
    'rate_limit',
    429,
  ],
  ['brandNewException', { reason: 'z' }, 'BrandNewException', 'unknown', 200],
])('Converse: the exception frame %s with %j', (type, payload, name, kind, status) => {
  const text = { type: 'contentBlockDelta', payload: { delta: { text: 'Once' } } }
  const sole = errorOf(CONVERSE, encodeEventStream([{ type, payload }]))
  expect(sole).toMatchObject({ phase: 'first_token', exc_type: name, error_kind: kind, http_status: status })
  const later = errorOf(CONVERSE, encodeEventStream([text, { type, payload }]))
  expect(later).toMatchObject({ phase: 'stream', exc_type: name, error_kind: kind })
  expect(later.message).toBe(
    'originalMessage' in payload ? 'y' : 'message' in payload ? payload.message : 'z',
  )
})

test.each([1, 40])('Converse: a frame cut %i bytes before its end is a fault of the wire', (missing) => {
  const wire = encodeEventStream([
    { type: 'contentBlockDelta', payload: { delta: { text: 'Once upon a time' } } },
  ])
  expect(errorOf(CONVERSE, wire.subarray(0, wire.length - missing))).toMatchObject({
    exc_type: 'FramingError',
    error_kind: 'network',
  })
})
