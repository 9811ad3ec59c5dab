/** Facts of Anthropic Messages and Bedrock ConverseStream. */
import { expect, test } from 'vitest'
import type { StreamEvent } from '../src/events.ts'
import { messageEvent, sse } from './support/chunks.ts'
import { encodeEventStream } from './support/eventstream.ts'
import { documentOf, eventsOf } from './support/fixtures.ts'

const MESSAGES = { provider: 'anthropic', requestMode: 'anthropic_messages_stream' } as const
const CONVERSE = { provider: 'bedrock', requestMode: 'bedrock_converse_stream' } as const

const messages = (wire: string): StreamEvent[] => eventsOf(MESSAGES.provider, MESSAGES.requestMode, wire)
const document = (api: Parameters<typeof documentOf>[0], wire: string | Uint8Array) =>
  documentOf(api, Buffer.from(wire))

const START = messageEvent({
  type: 'message_start',
  message: { id: 'msg_a', model: 'm', usage: { input_tokens: 12, output_tokens: 1 } },
})
const STOP = messageEvent({
  type: 'message_delta',
  delta: { stop_reason: 'end_turn' },
  usage: { output_tokens: 5 },
})
const delta = (fields: Record<string, unknown>) =>
  messageEvent({ type: 'content_block_delta', index: 0, delta: fields })

test('a message_start that is sent twice keeps the first id and the last usage', () => {
  const again = START.replace('msg_a', 'msg_b')
  expect(
    document(MESSAGES, START + again + delta({ type: 'text_delta', text: 'Once' }) + STOP),
  ).toMatchObject({
    response_id: 'msg_a',
    input_tokens: 12,
    output_tokens: 5,
    visible_stream_chunks: 1,
  })
})

test('padding in and after a payload, pings and unknown events are passed over', () => {
  const padded = sse(
    '{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a"}      }   ',
  )
  const unknown = messageEvent({ type: 'content_block_annotated', index: 0, note: { text: 'no' } })
  expect(messages(messageEvent({ type: 'ping' }) + padded + unknown)).toEqual([{ type: 'text', text: 'a' }])
})

test('an event without its name is known by the type in its data', () => {
  expect(messages(sse({ type: 'content_block_delta', delta: { type: 'text_delta', text: 'a' } }))).toEqual([
    { type: 'text', text: 'a' },
  ])
})

test('an empty thinking delta and a partial tool input are no content; a signature tells of reasoning', () => {
  const wire =
    delta({ type: 'thinking_delta', thinking: '' }) +
    delta({ type: 'signature_delta', signature: 'c2ln' }) +
    delta({ type: 'input_json_delta', partial_json: '{"a":' })
  expect(messages(wire)).toEqual([{ type: 'signed-reasoning' }])
})

test('redacted thinking has a moment of its own and is neither reasoning text nor the first reasoning', () => {
  const block = messageEvent({
    type: 'content_block_start',
    index: 0,
    content_block: { type: 'redacted_thinking', data: 'eA==' },
  })
  const wire = START + block + delta({ type: 'text_delta', text: 'Once' }) + STOP
  expect(document(MESSAGES, wire)).toMatchObject({
    time_to_first_reasoning: null,
    reasoning_characters: 0,
    server_timing: { redacted_reasoning_at_seconds: 0.1 },
  })
  const frames = [
    { type: 'contentBlockDelta', payload: { delta: { reasoningContent: { redactedContent: 'eA==' } } } },
    { type: 'contentBlockDelta', payload: { delta: { text: 'Once' } } },
    { type: 'messageStop', payload: { stopReason: 'end_turn' } },
  ]
  expect(document(CONVERSE, encodeEventStream(frames))).toMatchObject({
    time_to_first_reasoning: null,
    server_timing: { redacted_reasoning_at_seconds: 0.1 },
  })
})

test('thinking tokens are inside the output tokens', () => {
  const stop = messageEvent({
    type: 'message_delta',
    delta: { stop_reason: 'end_turn' },
    usage: { output_tokens: 50, output_tokens_details: { thinking_tokens: 42 } },
  })
  expect(document(MESSAGES, START + delta({ type: 'text_delta', text: 'Once' }) + stop)).toMatchObject({
    output_tokens: 50,
    reasoning_tokens: 42,
    visible_output_tokens: 8,
  })
})

test.each([
  ['end_turn', 'completed', 'stop'],
  ['stop_sequence', 'completed', 'stop'],
  ['pause_turn', 'completed', 'stop'],
  ['max_tokens', 'length', 'length'],
  ['model_context_window_exceeded', 'length', 'length'],
  ['tool_use', 'completed', 'tool'],
  ['refusal', 'refused', 'content_filter'],
  ['something_new', 'error', 'error'],
])('the stop reason %s is %s', (word, outcome, finish) => {
  const wire = START + delta({ type: 'text_delta', text: 'Once' }) + STOP.replace('end_turn', word)
  expect(document(MESSAGES, wire)).toMatchObject({ outcome, finish_reason: finish })
})

test('Converse frames carry padding, and usage comes after messageStop', () => {
  const frames = [
    { type: 'messageStart', payload: { role: 'assistant', p: 'abc' } },
    { type: 'contentBlockDelta', payload: { contentBlockIndex: 0, delta: { text: '' }, p: 'a' } },
    { type: 'contentBlockDelta', payload: { contentBlockIndex: 1, delta: { text: 'Once' }, p: 'abcdefgh' } },
    { type: 'somethingNew', payload: { delta: { text: 'no' } } },
    { type: 'messageStop', payload: { stopReason: 'guardrail_intervened' } },
    {
      type: 'metadata',
      payload: { usage: { inputTokens: 3, outputTokens: 4, totalTokens: 7 }, metrics: { latencyMs: 321 } },
    },
  ]
  expect(document(CONVERSE, encodeEventStream(frames))).toMatchObject({
    outcome: 'refused',
    output_tokens: 4,
    visible_stream_chunks: 1,
    server_timing: { latency_ms: 321 },
  })
})
