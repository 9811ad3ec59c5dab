/** Errors inside a 200 answer of OpenAI chat, in the form of each vendor: an error document, whatever was said before. */
import { expect, test } from 'vitest'
import { chatDelta, chatUsage, sse } from './support/chunks.ts'
import { documentOf, errorOf } from './support/fixtures.ts'

const chat = (provider: string) => ({ provider, requestMode: 'chat_completions_stream' }) as const
const TEXT = chatDelta({ content: 'Once' })

const failed = { message: 'The tool call is wrong', type: 'invalid_request_error', code: 'tool_use_failed' }

test('Groq: an event named error, its status inside, and no [DONE]', () => {
  const wire = chatDelta({ reasoning: 'hm' }) + sse({ error: { ...failed, status_code: 400 } }, 'error')
  expect(errorOf(chat('groq'), wire)).toMatchObject({
    phase: 'stream',
    http_status: 400,
    exc_type: 'invalid_request_error',
    error_kind: 'hard_capability',
  })
})

test('OpenRouter: an error in a chunk that also has choices, then usage and [DONE]', () => {
  const chunk = {
    choices: [{ delta: { content: '' }, finish_reason: 'error' }],
    error: { code: 400, message: 'Token limit reached' },
  }
  expect(
    errorOf(chat('openrouter'), sse(chunk) + chatUsage({ completion_tokens: 9 }) + sse('[DONE]')),
  ).toMatchObject({
    phase: 'first_token',
    http_status: 400,
    error_kind: 'budget_exhausted',
  })
})

test('OpenRouter: an error beside a finish of stop is still an error', () => {
  const chunk = {
    choices: [{ delta: {}, finish_reason: 'stop' }],
    error: { code: 502, message: 'Bad gateway', metadata: { raw: 'upstream said no' } },
  }
  expect(errorOf(chat('openrouter'), TEXT + sse(chunk))).toMatchObject({
    http_status: 502,
    error_kind: 'transient_provider',
    message: 'Bad gateway: upstream said no',
  })
})

test('OpenRouter: where only the backend speaks, its words are the message, once', () => {
  const wire = sse({ error: { code: 502, metadata: { raw: 'upstream said no' } } })
  expect(errorOf(chat('openrouter'), wire).message).toBe('upstream said no')
})

test('an error without words is known by its code', () => {
  expect(errorOf(chat('vllm'), sse({ error: { code: 7 } })).message).toBe(
    'The provider reported an error without a message (7)',
  )
})

test('OpenRouter: a role chunk, a usage of 0 and [DONE] is no success', () => {
  const wire =
    chatDelta({ role: 'assistant', content: '' }) + chatUsage({ completion_tokens: 0 }) + sse('[DONE]')
  expect(documentOf(chat('openrouter'), Buffer.from(wire))).toMatchObject({ outcome: 'truncated' })
})

test('vLLM: an object that says that it is an error', () => {
  const wire = TEXT + sse({ object: 'error', message: 'Engine died', type: 'InternalServerError', code: 500 })
  expect(errorOf(chat('vllm'), wire + sse('[DONE]'))).toMatchObject({
    phase: 'stream',
    http_status: 500,
    error_kind: 'transient_provider',
    message: 'Engine died',
  })
})

test('GPUStack: a line whose field is error, outside any data', () => {
  const line = 'error: {"error":{"code":500,"message":"The worker is gone"}}\n\n'
  expect(errorOf(chat('gpustack'), TEXT + line)).toMatchObject({
    http_status: 500,
    message: 'The worker is gone',
  })
  expect(errorOf(chat('gpustack'), `${TEXT}error: it broke\n\n`).message).toBe('it broke')
})

test('Hugging Face and TGI: the error is a string', () => {
  const wire = TEXT + sse({ error: 'Model is overloaded', error_type: 'overloaded' })
  expect(errorOf(chat('tgi'), wire)).toMatchObject({
    exc_type: 'overloaded',
    error_kind: 'transient_provider',
    message: 'Model is overloaded',
  })
  expect(errorOf(chat('huggingface'), sse({ error: 'Bad request: no such provider' })).message).toContain(
    'no such',
  )
})

test('Databricks: a flat error with a code in words', () => {
  const wire = sse({ error_code: 'REQUEST_LIMIT_EXCEEDED', message: 'Too many' })
  expect(errorOf(chat('databricks'), wire)).toMatchObject({ error_kind: 'rate_limit', message: 'Too many' })
})

test('an error event of plain words is an error in those words', () => {
  expect(errorOf(chat('vllm'), `${TEXT}event: error\ndata: upstream connect error\n\n`)).toMatchObject({
    message: 'upstream connect error',
    http_status: 200,
  })
})

test('legacy completions report errors as chat does', () => {
  const api = { provider: 'openai', requestMode: 'openai_legacy_completions_stream' } as const
  const wire = sse({ choices: [{ text: 'Once' }] }) + sse({ error: { message: 'No', code: 'server_error' } })
  expect(errorOf(api, wire)).toMatchObject({ phase: 'stream', message: 'No' })
})
