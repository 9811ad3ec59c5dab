import { describe, expect, test } from 'vitest'
import { chatDelta, messageEvent, sse } from '../support/chunks.ts'
import { CHAT, fieldsOf, MESSAGES, RESET, RESPONSES } from '../support/runs.ts'

const TEXT = 'Long ago the world was young'
const DONE = sse('[DONE]')
const chatAnswer = {
  object: 'chat.completion',
  choices: [{ message: { content: TEXT }, finish_reason: 'stop' }],
}
const output = [
  { type: 'reasoning', summary: [] },
  { type: 'message', content: [{ type: 'output_text', text: TEXT }] },
]
const completed = (response: object) =>
  sse({ type: 'response.completed', response: { status: 'completed', ...response } })
const delta = (text: string) => sse({ type: 'response.output_text.delta', delta: text })

describe('a whole answer inside an event is no stream', () => {
  const inParts = {
    choices: [{ message: { content: [{ type: 'text', text: TEXT }] }, finish_reason: 'stop' }],
  }
  const message = {
    type: 'message',
    content: [{ type: 'text', text: TEXT }],
    stop_reason: 'end_turn',
    usage: { output_tokens: 6 },
  }
  test.each([
    ['a chat completion', CHAT, [sse(chatAnswer), DONE]],
    ['one whose content is a list', CHAT, [sse(inParts)]],
    ['Responses, in the last event', RESPONSES, [completed({ output })]],
    ['Messages', MESSAGES, [sse(message)]],
  ])('%s: a missing ability', (_title, api, pieces) => {
    expect(fieldsOf(api, pieces)).toMatchObject({
      error_kind: 'hard_capability',
      exc_type: 'NotAStream',
      phase: 'first_token',
    })
  })

  const created = sse({ type: 'response.created', response: { id: 'r' } })
  test.each([
    ['a chunk of the role', CHAT, [chatDelta({ role: 'assistant', content: '' }), sse(chatAnswer), DONE]],
    ['the last event', RESPONSES, [created, completed({ output })]],
    [
      'the text’s own',
      RESPONSES,
      [created, sse({ type: 'response.output_text.done', text: TEXT }), completed({})],
    ],
    [
      'the item’s own',
      RESPONSES,
      [created, sse({ type: 'response.output_item.done', item: output[1] }), completed({})],
    ],
  ])('behind other messages, as by %s: deltas that were lost, a passing failure', (_title, api, pieces) => {
    expect(fieldsOf(api, pieces)).toMatchObject({ error_kind: 'transient_provider', exc_type: 'NotAStream' })
  })

  test('one that repeats what was streamed is nothing', () => {
    expect(fieldsOf(CHAT, [chatDelta({ content: TEXT }), sse(chatAnswer), DONE])).toMatchObject({
      outcome: 'completed',
      visible_characters: TEXT.length,
      visible_stream_chunks: 1,
      malformed_frames: 0,
    })
    expect(
      fieldsOf(RESPONSES, [
        delta('Long ago '),
        delta('the world was young'),
        sse({ type: 'response.output_text.done', text: TEXT }),
        sse({ type: 'response.output_item.done', item: output[1] }),
        completed({ output }),
      ]),
    ).toMatchObject({ visible_characters: TEXT.length, visible_stream_chunks: 2, generate_time: 0.02 })
  })

  test('the part of it that was not streamed came with it', () => {
    expect(
      fieldsOf(RESPONSES, [
        delta('Long ago '),
        sse({ type: 'response.output_text.done', text: TEXT }),
        completed({ output }),
      ]),
    ).toMatchObject({ outcome: 'completed', visible_characters: TEXT.length, generate_time: 0.02 })
  })

  test('a message beside each delta, as Perplexity sends it, is not read', () => {
    const chunk = (content: string, sofar: string, finish: string | null) =>
      sse({ choices: [{ delta: { content }, message: { content: sofar }, finish_reason: finish }] })
    expect(
      fieldsOf(CHAT, [
        chunk('Long', 'Long', null),
        chunk(' ago', 'Long ago', null),
        chunk('', 'Long ago', 'stop'),
      ]),
    ).toMatchObject({ outcome: 'completed', visible_characters: 8 })
  })
})

describe('a message that is no part of an answer and holds words says why a stream did not end well', () => {
  test.each([
    ['message', { message: 'Endpoint request timed out' }],
    ['Message', { Message: 'Endpoint request timed out' }],
    ['msg', { msg: 'Endpoint request timed out', data: null }],
    ['beside choices that are null', { choices: null, message: 'Endpoint request timed out' }],
    ['a text alone', 'Endpoint request timed out'],
  ])('%s', (_title, said) => {
    for (const changes of [{}, { failure: RESET }]) {
      const document = fieldsOf(CHAT, [chatDelta({ content: TEXT }), sse(JSON.stringify(said))], changes)
      expect(document).toMatchObject({ phase: 'stream', http_status: 200 })
      expect(document['message']).toContain('Endpoint request timed out')
    }
  })

  test('one that ended well needs no reason', () => {
    expect(
      fieldsOf(CHAT, [chatDelta({ content: TEXT }), chatDelta({}, 'stop'), sse({ message: 'bye' })]),
    ).toMatchObject({
      outcome: 'completed',
      malformed_frames: 0,
    })
  })

  test.each([
    { type: 'ping', message: 'still here' },
    { id: 'x', created: 1 },
    { message: { content: 'x' } },
  ])('%j says nothing', (said) => {
    expect(fieldsOf(CHAT, [chatDelta({ content: TEXT }), sse(said)])).toMatchObject({ outcome: 'truncated' })
  })

  test('of Messages too, whose own events have words of other kinds', () => {
    const text = messageEvent({ type: 'content_block_delta', delta: { text: 'Once' } })
    expect(fieldsOf(MESSAGES, [text, sse({ message: 'Service Unavailable' })])).toMatchObject({
      error_kind: 'transient_provider',
    })
    expect(
      fieldsOf(MESSAGES, [messageEvent({ type: 'message_start', message: { id: 'm' } }), text]),
    ).toMatchObject({
      outcome: 'truncated',
    })
  })
})
