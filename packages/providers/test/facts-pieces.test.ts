/** Facts that are said in pieces, or in an unusual place of a stream. */
import { expect, test } from 'vitest'
import { decodeStream } from '../src/decode.ts'
import type { RequestMode } from '../src/result.ts'
import { chatDelta, chatUsage, geminiParts, messageEvent, sse } from './support/chunks.ts'
import { encodeEventStream } from './support/eventstream.ts'
import { dialectFor, eventsOf, resultOf, sliced } from './support/fixtures.ts'

const CHAT = 'chat_completions_stream'
const RESPONSES = 'openai_responses_stream'
const MESSAGES = 'anthropic_messages_stream'
const GEMINI = 'gemini_generate_content_stream'

test('usage in pieces is one usage: a null or a missing count leaves the earlier one', () => {
  const wire =
    chatDelta({ content: 'Once' }, 'stop') +
    chatUsage({
      prompt_tokens: 5,
      completion_tokens: 9,
      completion_tokens_details: { reasoning_tokens: 4 },
    }) +
    chatUsage({ prompt_tokens: null, total_tokens: 14 })
  expect(resultOf({ provider: 'vllm', requestMode: CHAT }, wire)).toMatchObject({
    input_tokens: 5,
    output_tokens: 9,
    reasoning_tokens: 4,
    visible_output_tokens: 5,
  })
})

test('reasoning tokens are read beside the completion tokens too', () => {
  const wire =
    chatDelta({ content: 'Once' }, 'stop') + chatUsage({ completion_tokens: 9, reasoning_tokens: 4 })
  expect(resultOf({ provider: 'gpustack', requestMode: CHAT }, wire)).toMatchObject({ reasoning_tokens: 4 })
})

const frames = encodeEventStream([
  { type: 'contentBlockStart', payload: { start: { toolUse: { name: 'x' } } } },
])

test.each<[string, RequestMode, string | Uint8Array]>([
  ['vllm', CHAT, chatDelta({ tool_calls: [{ index: 0, function: { name: 'x' } }] })],
  ['openai', RESPONSES, sse({ type: 'response.output_item.added', item: { type: 'function_call' } })],
  ['anthropic', MESSAGES, messageEvent({ type: 'content_block_start', content_block: { type: 'tool_use' } })],
  ['gemini', GEMINI, geminiParts([{ functionCall: { name: 'x' }, text: 'no' }])],
  ['bedrock', 'bedrock_converse_stream', frames],
])('%s: a tool call is no text', (provider, mode, wire) => {
  const types = eventsOf(provider, mode, wire).map(({ type }) => type)
  expect(types.filter((type) => type !== 'response-id' && type !== 'served-model')).toEqual([])
})

test('a content block may start with its first words', () => {
  const start = (block: object) => messageEvent({ type: 'content_block_start', content_block: block })
  const wire = start({ type: 'thinking', thinking: 'hm' }) + start({ type: 'text', text: 'Once' })
  expect(eventsOf('anthropic', MESSAGES, wire)).toEqual([
    { type: 'reasoning', text: 'hm' },
    { type: 'text', text: 'Once' },
  ])
})

test('a part that says that it is no thought is text', () => {
  expect(eventsOf('gemini', GEMINI, geminiParts([{ text: 'Once', thought: false }]))).toEqual([
    { type: 'text', text: 'Once' },
  ])
})

test('Responses: an event without a type is known by its name', () => {
  expect(eventsOf('openai', RESPONSES, sse({ delta: 'Once' }, 'response.output_text.delta'))).toEqual([
    { type: 'text', text: 'Once' },
  ])
})

test.each([
  ['response.completed', 'finish'],
  ['response.failed', 'error'],
])('Responses: %s without a status means what its name says', (type, event) => {
  expect(
    eventsOf('openai', RESPONSES, sse({ type, response: {} }))
      .slice(0, 1)
      .map((said) => said.type),
  ).toEqual([event])
})

test('an event that the end of the stream completes carries the stamp of the last read', () => {
  const bytes = Buffer.from(chatDelta({ content: 'Once' }).trimEnd())
  const { events, firstMessageNs } = decodeStream(dialectFor('vllm', CHAT), sliced(bytes, [40, 400]))
  expect(events.find(({ type }) => type === 'text')).toEqual({ type: 'text', text: 'Once', atNs: 1_000_000n })
  expect(firstMessageNs).toBe(1_000_000n)
})
