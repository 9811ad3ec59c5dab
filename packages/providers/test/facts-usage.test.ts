/** Facts of usage and of the end of a stream: where counts stand, what they include, what a stream without an end is. */
import { expect, test } from 'vitest'
import { chatDelta, chatUsage, geminiParts, messageEvent, sse } from './support/chunks.ts'
import { encodeEventStream } from './support/eventstream.ts'
import { resultOf } from './support/fixtures.ts'

const CHAT = { provider: 'vllm', requestMode: 'chat_completions_stream' } as const
const GEMINI = { provider: 'gemini', requestMode: 'gemini_generate_content_stream' } as const
const MESSAGES = { provider: 'anthropic', requestMode: 'anthropic_messages_stream' } as const
const CONVERSE = { provider: 'bedrock', requestMode: 'bedrock_converse_stream' } as const

const USAGE = { prompt_tokens: 10, completion_tokens: 9, total_tokens: 19 }
const TEXT = chatDelta({ content: 'Once' })
const withUsage = (delta: Record<string, unknown>, finish: string | null, usage: unknown) =>
  sse({ choices: [{ index: 0, delta, finish_reason: finish }], usage })

test.each([
  ['on the finish chunk', TEXT + withUsage({}, 'stop', USAGE)],
  ['after the finish without choices', TEXT + chatDelta({}, 'stop') + chatUsage(USAGE)],
  [
    'after the finish in a chunk with choices',
    TEXT + chatDelta({}, 'stop') + withUsage({ content: '' }, null, USAGE),
  ],
  [
    'after the finish in a chunk that repeats it',
    TEXT + chatDelta({}, 'stop') + withUsage({ content: '' }, 'stop', USAGE),
  ],
  [
    'on every chunk, cumulative',
    withUsage({ content: 'Once' }, null, { ...USAGE, completion_tokens: 1, total_tokens: 11 }) +
      withUsage({}, 'stop', USAGE),
  ],
  [
    'on every chunk, null until the last',
    withUsage({ content: 'Once' }, null, { prompt_tokens: 10, completion_tokens: null, total_tokens: null }) +
      withUsage({}, 'stop', USAGE),
  ],
  [
    'in x_groq alone',
    TEXT + sse({ choices: [{ delta: {}, finish_reason: 'stop' }], x_groq: { id: 'x', usage: USAGE } }),
  ],
  [
    'three times',
    TEXT +
      sse({ choices: [{ delta: {}, finish_reason: 'stop' }], x_groq: { usage: USAGE }, usage: USAGE }) +
      chatUsage(USAGE),
  ],
  ['followed by a null', TEXT + withUsage({}, 'stop', USAGE) + sse({ choices: [], usage: null })],
])('usage %s is read, and once', (_title, wire) => {
  expect(resultOf(CHAT, wire + sse('[DONE]'))).toMatchObject({
    outcome: 'completed',
    input_tokens: 10,
    output_tokens: 9,
    token_source: 'provider_usage_completion_tokens',
  })
})

test('reasoning is added to the completion where the reported total says that it is apart, and only there', () => {
  const tokens = (total: number | null, reasoning: number) =>
    resultOf(
      CHAT,
      TEXT +
        chatDelta({}, 'stop') +
        chatUsage({
          ...USAGE,
          total_tokens: total,
          completion_tokens_details: { reasoning_tokens: reasoning },
        }),
    ).output_tokens
  expect([tokens(24, 5), tokens(19, 5), tokens(19, 11), tokens(null, 11), tokens(19, 0)]).toEqual([
    14, 9, 9, 9, 9,
  ])
})

test('Gemini counts thoughts beside candidates, so that they are added', () => {
  const usage = { promptTokenCount: 7, candidatesTokenCount: 4, thoughtsTokenCount: 30, totalTokenCount: 41 }
  const wire = geminiParts([{ text: 'Once' }], 'STOP') + sse({ usageMetadata: usage })
  expect(resultOf(GEMINI, wire)).toMatchObject({
    output_tokens: 34,
    reasoning_tokens: 30,
    visible_output_tokens: 4,
    token_source: 'provider_usage_candidates_plus_thoughts',
  })
})

test.each([
  ['chat', CHAT, TEXT + chatDelta({}, 'stop')],
  ['Gemini', GEMINI, geminiParts([{ text: 'Once' }], 'STOP')],
])('%s without [DONE] is complete once a finish was named', (_title, api, wire) => {
  expect(resultOf(api, wire)).toMatchObject({ outcome: 'completed', finish_reason: 'stop' })
})

test.each([
  ['chat', CHAT, TEXT + sse('[DONE]')],
  ['chat with an empty finish', CHAT, chatDelta({ content: 'Once' }, '') + sse('[DONE]')],
  ['Gemini', GEMINI, geminiParts([{ text: 'Once' }])],
  [
    'Messages',
    MESSAGES,
    messageEvent({ type: 'content_block_delta', delta: { text: 'Once' } }) +
      messageEvent({ type: 'message_stop' }),
  ],
  [
    'Converse',
    CONVERSE,
    encodeEventStream([{ type: 'contentBlockDelta', payload: { delta: { text: 'Once' } } }]),
  ],
])('%s that ends without a finish is truncated', (_title, api, wire) => {
  expect(resultOf(api, wire)).toMatchObject({
    outcome: 'truncated',
    finish_reason: null,
    visible_characters: 4,
  })
})
