import { expect, test } from 'vitest'
import { analyse } from '../src/analyse.ts'
import { ErrorDocument, ResultDocument } from '../src/result.ts'
import type { Tape } from '../src/transport/tape.ts'
import { chatDelta, chatUsage, sse } from './support/chunks.ts'
import { makeTape, saved } from './support/plans.ts'
import { RESET } from './support/runs.ts'

const run = (reads: Parameters<typeof makeTape>[0], changes: Partial<Tape> = {}) =>
  analyse(saved(makeTape(reads, changes)))

test('every result and every error is a valid wire document', () => {
  const result = run([[100, chatDelta({ content: 'Once' }, 'stop')]])
  const error = run([[100, chatDelta({ content: 'Once' })]], { failure: RESET })
  expect(ResultDocument.parse(result)).toEqual(result)
  expect(ErrorDocument.parse(error)).toEqual(error)
})

test.each([
  ['stop with text', [chatDelta({ content: 'Once' }, 'stop')], 'completed', 'stop'],
  ['length with text', [chatDelta({ content: 'Once' }, 'length')], 'length', 'length'],
  ['length without text', [chatDelta({ reasoning: 'hm' }, 'length')], 'budget_exhausted', 'length'],
  [
    'length and a usage of 0',
    [chatDelta({}, 'length') + chatUsage({ completion_tokens: 0 })],
    'budget_exhausted',
    'length',
  ],
  ['stop without text', [chatDelta({ content: '' }, 'stop')], 'empty', 'stop'],
  ['blank text', [chatDelta({ content: ' \n' }, 'stop')], 'empty', 'stop'],
  ['tool calls alone', [chatDelta({ tool_calls: [{ index: 0 }] }, 'tool_calls')], 'empty', 'tool'],
  [
    'text, then tool calls',
    [chatDelta({ content: 'Once' }) + chatDelta({ tool_calls: [{}] }, 'tool_calls')],
    'completed',
    'tool',
  ],
  ['a content filter', [chatDelta({ content: 'Once' }, 'content_filter')], 'refused', 'content_filter'],
  ['a refusal', [chatDelta({ refusal: 'I cannot' }, 'stop')], 'refused', 'stop'],
  ['no finish', [chatDelta({ content: 'Once' })], 'truncated', null],
  ['only [DONE]', [sse('[DONE]')], 'truncated', null],
  ['a finish word nobody knows', [chatDelta({ content: 'Once' }, 'OTHER')], 'error', 'error'],
])('%s is %s', (_title, chunks, outcome, finish) => {
  expect(run([[100, chunks.join('')]])).toMatchObject({ outcome, finish_reason: finish })
})

test('the words of a refusal are visible text', () => {
  expect(run([[100, chatDelta({ refusal: 'I cannot' }, 'stop')]])).toMatchObject({ visible_characters: 8 })
})

test('without any content the time of generation is the total and the rates are 0', () => {
  expect(run([[100, chatDelta({}, 'stop') + chatUsage({ completion_tokens: 7 })]])).toMatchObject({
    generate_time: 0.101,
    total_time: 0.101,
    tokens_per_second: 0,
    time_to_first_token: null,
  })
})

test('an error inside a 200 answer is an error of the phase it struck in', () => {
  const error = sse({ error: { message: 'Overloaded', type: 'overloaded_error', code: 529 } }, 'error')
  expect(run([[10, error]])).toMatchObject({
    phase: 'first_token',
    http_status: 529,
    error_kind: 'transient_provider',
  })
  expect(
    run([
      [10, chatDelta({ content: 'Once' })],
      [20, error],
    ]),
  ).toMatchObject({ phase: 'stream', exc_type: 'overloaded_error' })
})

test('an error without a status of its own carries the 200 of the answer', () => {
  const error = sse(
    { error: { message: 'Tool call validation failed', type: 'invalid_request_error' } },
    'error',
  )
  expect(run([[10, error]])).toMatchObject({ http_status: 200, error_kind: 'hard_capability' })
})

test('a connection that breaks before the finish is an error, after it a result', () => {
  const text = chatDelta({ content: 'Once' })
  expect(run([[100, text]], { failure: RESET })).toMatchObject({
    error_kind: 'network',
    phase: 'stream',
    exc_type: 'ECONNRESET',
  })
  expect(run([], { failure: RESET })).toMatchObject({ error_kind: 'network', phase: 'first_token' })
  expect(run([[100, text + chatDelta({}, 'stop')]], { failure: RESET })).toMatchObject({
    outcome: 'completed',
  })
})

test('a refused connection is an error of the connect phase without a status', () => {
  const failure = {
    ...RESET,
    stage: 'connect',
    name: 'ECONNREFUSED',
    message: 'connect ECONNREFUSED',
  } as const
  expect(run([], { failure, response: null, startNs: null })).toMatchObject({
    phase: 'connect',
    http_status: null,
    error_kind: 'network',
    message: 'connect ECONNREFUSED (groq llama-3.1-8b-instant)',
  })
})

test('an HTML page in place of a stream says so', () => {
  const tape = makeTape([[10, '<html>Sign in</html>']], {
    response: { status: 200, headers: { 'content-type': 'text/html' } },
  })
  expect(analyse(saved(tape))).toMatchObject({
    exc_type: 'NotAStream',
    message: expect.stringContaining('text/html') as string,
  })
})

test('a redirect is an error and is not followed', () => {
  const tape = makeTape([], { response: { status: 302, headers: { location: 'https://else.test/' } } })
  expect(analyse(saved(tape))).toMatchObject({
    phase: 'headers',
    http_status: 302,
    message: expect.stringContaining('not followed') as string,
  })
})

test('an error message is cut to 4,000 characters and is well-formed Unicode', () => {
  const body = JSON.stringify({ error: { message: `${'x'.repeat(3998)}👍👍 \ud800` } })
  const document = run([[10, body]], { response: { status: 500, headers: {} } })
  const message = 'message' in document ? document.message : ''
  expect(message.length).toBeLessThanOrEqual(4000)
  expect(message.isWellFormed()).toBe(true)
})

test('usage is read to the end, and the last value that is not null counts', () => {
  const document = run([
    [100, chatDelta({ content: 'Once' })],
    [
      110,
      sse({ choices: [{ delta: {}, finish_reason: 'stop' }], x_groq: { usage: { completion_tokens: 5 } } }),
    ],
    [
      120,
      chatUsage({
        prompt_tokens: 10,
        completion_tokens: 9,
        total_tokens: 19,
        completion_tokens_details: null,
      }),
    ],
    [130, sse({ choices: [], usage: null })],
  ])
  expect(document).toMatchObject({
    output_tokens: 9,
    input_tokens: 10,
    token_source: 'provider_usage_completion_tokens',
  })
})

test('reasoning that the total shows apart is added, otherwise it is inside', () => {
  const usage = (total: number) =>
    chatUsage({
      prompt_tokens: 10,
      completion_tokens: 9,
      total_tokens: total,
      completion_tokens_details: { reasoning_tokens: 20 },
    })
  const text = chatDelta({ content: 'Once' }, 'stop')
  expect(run([[1, text + usage(39)]])).toMatchObject({ output_tokens: 29, visible_output_tokens: 9 })
  expect(run([[1, text + usage(19)]])).toMatchObject({
    output_tokens: 9,
    visible_token_source: 'tiktoken_visible_text',
  })
})

test('a reported usage of 0 beside visible text falls back to the tokenizer under its own name', () => {
  expect(
    run([[1, chatDelta({ content: 'Once upon' }, 'stop') + chatUsage({ completion_tokens: 0 })]]),
  ).toMatchObject({
    output_tokens: 2,
    token_source: 'tiktoken_visible_fallback_zero_usage',
  })
})

test('without usage the tokens are counted, with the reasoning where it was seen', () => {
  expect(run([[1, chatDelta({ content: 'Once upon' }, 'stop')]])).toMatchObject({
    output_tokens: 2,
    token_source: 'tiktoken_visible_text',
  })
  expect(run([[1, chatDelta({ reasoning: 'hm', content: 'Once upon' }, 'stop')]])).toMatchObject({
    token_source: 'tiktoken_visible_plus_reasoning_text',
    reasoning_tokens: null,
  })
})

test('the 64th visible token is timed by the delta that reaches it', () => {
  const deltas = Array.from(
    { length: 40 },
    (_, index) => [index * 10, chatDelta({ content: ' happy happy' })] as const,
  )
  expect(run([...deltas, [500, chatDelta({}, 'stop')]])).toMatchObject({
    time_to_64_visible_tokens_seconds: 0.31,
  })
  expect(run([...deltas.slice(0, 20), [500, chatDelta({}, 'stop')]])).toMatchObject({
    time_to_64_visible_tokens_seconds: null,
  })
})

test('headers give the request id, the limits and the time of the server', () => {
  const headers = {
    'x-request-id': 'req_1',
    'x-ratelimit-remaining-tokens': '3809',
    'retry-after': '2',
    'openai-processing-ms': '41',
  }
  expect(
    run([[1, chatDelta({ content: 'Once' }, 'stop')]], { response: { status: 200, headers } }),
  ).toMatchObject({
    request_id: 'req_1',
    response_id: 'chatcmpl-1',
    rate_limit: { x_ratelimit_remaining_tokens: '3809', retry_after: '2' },
    server_timing: { openai_processing_ms: 41 },
    served_model: 'm-1',
  })
})

test.each(['', null])('an empty error beside a chunk (%j) is none', (error) => {
  const wire = sse({
    id: 'chatcmpl-1',
    error,
    error_code: null,
    choices: [{ delta: { content: 'Once' }, finish_reason: 'stop' }],
  })
  expect(run([[1, wire]])).toMatchObject({ outcome: 'completed' })
})

test('the 48th visible token is within reach of a run that is capped at 64 tokens of another tokenizer', () => {
  const deltas = Array.from(
    { length: 50 },
    (_, index) => [index * 10, chatDelta({ content: ' happy' })] as const,
  )
  const usage = { completion_tokens: 64, completion_tokens_details: { reasoning_tokens: 0 } }
  expect(run([...deltas, [600, chatDelta({}, 'length') + chatUsage(usage)]])).toMatchObject({
    time_to_48_visible_tokens_seconds: 0.47,
    time_to_64_visible_tokens_seconds: null,
  })
  expect(run([...deltas.slice(0, 47), [600, chatDelta({}, 'stop')]])).toMatchObject({
    time_to_48_visible_tokens_seconds: null,
  })
  expect(run([[70, chatDelta({ content: ' happy'.repeat(70) }, 'stop')]])).toMatchObject({
    time_to_48_visible_tokens_seconds: 0.07,
    time_to_64_visible_tokens_seconds: 0.07,
  })
})
