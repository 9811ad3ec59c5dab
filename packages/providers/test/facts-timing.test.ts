/** What providers say of their own time and under which names, and the ids of their headers. */
import { expect, test } from 'vitest'
import { analyse } from '../src/analyse.ts'
import { EXPECTED } from './fixtures/expected.ts'
import { chatDelta, sse } from './support/chunks.ts'
import { documentOf, fixtureBytes, resultOf } from './support/fixtures.ts'
import { makeTape, saved } from './support/plans.ts'

const CHAT = { provider: 'vllm', requestMode: 'chat_completions_stream' } as const
const STOP = chatDelta({ content: 'Once' }, 'stop')

test.each([
  ['groq.sse', { queue_time: 0.0421, prompt_time: 0.0035, completion_time: 0.0611, total_time: 0.0646 }],
  ['cerebras.sse', { queue_time: 0.0002, prompt_time: 0.0061, completion_time: 0.0093, total_time: 0.0172 }],
  [
    'azure-chat.sse',
    { engine_ttft_ms: 41, service_ttft_ms: 210, user_visible_ttft_ms: 96, engine_tbt_ms: 12 },
  ],
  ['llamacpp.sse', { prompt_ms: 31.5, predicted_ms: 82.4, predicted_n: 11, predicted_per_second: 133.4 }],
  ['gpustack.sse', { time_to_first_token_ms: 38.2, time_per_output_token_ms: 9.1, tokens_per_second: 109.8 }],
  ['fireworks.sse', { server_time_to_first_token: 0.081, num_concurrent_requests: 2 }],
  ['bedrock.eventstream.json', { latency_ms: 1204 }],
])('%s states %j', (file, timing) => {
  const expected = EXPECTED.find((row) => row.file === file)
  if (expected === undefined) throw new Error(`No fixture ${file}`)
  expect(documentOf(expected, fixtureBytes(file))).toMatchObject({ server_timing: timing })
})

test('token counts of the usage are no times', () => {
  const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3, cost: 0.1 }
  expect(resultOf(CHAT, STOP + sse({ choices: [], usage })).server_timing).toEqual({})
})

test('a latency_checkpoint is read beside the usage and inside it', () => {
  const usage = { completion_tokens: 1, latency_checkpoint: { engineTtftMs: 7 } }
  expect(resultOf(CHAT, STOP + sse({ choices: [], usage })).server_timing).toEqual({ engine_ttft_ms: 7 })
})

test('a number in a string is a number, and words, lists and nulls are no facts', () => {
  const timings = {
    a: '1.25',
    b: 'fast',
    c: null,
    d: [1],
    e: '1e9',
    f: '',
    'g-h': '7',
    '9x': 1,
    ü: 1,
    [`x${'y'.repeat(64)}`]: 1,
  }
  expect(resultOf(CHAT, STOP + sse({ choices: [], timings })).server_timing).toEqual({ a: 1.25, g_h: 7 })
})

test('what the stream says later replaces what it or the headers said before', () => {
  const wire = STOP + sse({ timings: { a: 1, b: 1 } }) + sse({ timings: { a: 2 } })
  const headers = {
    'openai-processing-ms': '41',
    'fireworks-server-time-to-first-token': '0.2',
    'server-timing': 'gfet4t7; dur=183',
  }
  const tape = makeTape([[10, wire]], { response: { status: 200, headers } })
  expect(analyse(saved(tape, CHAT))).toMatchObject({
    server_timing: {
      a: 2,
      b: 1,
      openai_processing_ms: 41,
      fireworks_server_time_to_first_token: 0.2,
      server_timing_header_ms: 183,
    },
  })
})

test.each([
  'x-request-id',
  'request-id',
  'x-amzn-requestid',
  'apim-request-id',
  'inference-id',
  'x-vertex-ai-received-request-id',
  'x-generation-id',
])('%s is the id of the request', (name) => {
  const tape = makeTape([[10, STOP]], { response: { status: 200, headers: { [name]: 'r-7' } } })
  expect(analyse(saved(tape, CHAT))).toMatchObject({ request_id: 'r-7' })
  const refused = makeTape([[10, '{}']], { response: { status: 500, headers: { [name]: 'r-7' } } })
  expect(analyse(saved(refused, CHAT))).toMatchObject({ request_id: 'r-7' })
})

test.each([
  ['x-ratelimit-remaining-tokens', 'x_ratelimit_remaining_tokens', '3809'],
  ['x-ratelimit-reset-requests-day', 'x_ratelimit_reset_requests_day', '34m33.6s'],
  [
    'anthropic-ratelimit-output-tokens-reset',
    'anthropic_ratelimit_output_tokens_reset',
    '2026-01-02T03:04:05Z',
  ],
  ['retry-after', 'retry_after', '2'],
  ['retry-after-ms', 'retry_after_ms', '1500'],
])('the limit %s is kept as %s, as sent', (header, fact, value) => {
  const tape = makeTape([[10, '{}']], { response: { status: 429, headers: { [header]: value } } })
  expect(analyse(saved(tape, CHAT))).toMatchObject({
    rate_limit: { [fact]: value },
    error_kind: 'rate_limit',
  })
})
