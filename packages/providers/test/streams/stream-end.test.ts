import { describe, expect, test } from 'vitest'
import { chatDelta, chatUsage, geminiParts, messageEvent, sse } from '../support/chunks.ts'
import { CHAT, fieldsOf, GEMINI, MESSAGES, RESET, RESPONSES } from '../support/runs.ts'

const text = chatDelta({ content: 'Once' })
const finish = chatDelta({}, 'stop')
const DONE = sse('[DONE]')

describe('a stream ended well when a finish came and nothing visible after it', () => {
  test.each([
    ['finish and end', [text, finish], {}, 'completed'],
    ['finish, then a reset', [text, finish], { failure: RESET }, 'completed'],
    ['finish, end mark, then a reset', [text, finish, DONE], { failure: RESET }, 'completed'],
    [
      'finish, usage, then a reset',
      [text, finish, chatUsage({ completion_tokens: 1 })],
      { failure: RESET },
      'completed',
    ],
    ['an early finish, text and another finish', [finish, text, finish], {}, 'completed'],
    [
      'a finish on every chunk',
      [chatDelta({ content: 'a' }, 'stop'), chatDelta({ content: 'b' }, 'stop')],
      {},
      'completed',
    ],
    ['finish, then blank text', [text, finish, chatDelta({ content: '\n' })], {}, 'completed'],
    ['finish, then text', [text, finish, text], {}, 'truncated'],
    ['finish, then reasoning', [text, finish, chatDelta({ reasoning: 'hm' })], {}, 'truncated'],
    ['the end mark without a finish', [text, DONE], {}, 'truncated'],
    ['the end mark without a finish, then a reset', [text, DONE], { failure: RESET }, 'truncated'],
    ['a finish that says nothing has finished', [text, chatDelta({}, 'null')], {}, 'truncated'],
  ])('%s: %s', (_title, pieces, changes, outcome) => {
    expect(fieldsOf(CHAT, pieces, changes)).toMatchObject({ isError: false, outcome })
  })

  test.each([
    ['chat', CHAT, [finish, text]],
    ['Gemini', GEMINI, [geminiParts([], 'STOP'), geminiParts([{ text: 'Once' }])]],
    [
      'Messages',
      MESSAGES,
      [
        messageEvent({ type: 'message_delta', delta: { stop_reason: 'end_turn' } }),
        messageEvent({ type: 'content_block_delta', delta: { text: 'Once' } }),
      ],
    ],
  ] as const)('%s: text after the finish, then a reset, is a broken connection', (_title, api, pieces) => {
    expect(fieldsOf(api, pieces, { failure: RESET })).toMatchObject({
      error_kind: 'network',
      phase: 'stream',
    })
  })
})

describe('the total time', () => {
  const pieces = [text, finish, DONE]
  test.each([
    ['is the end of the body', pieces, {}, 0.031],
    ['is the end mark where the body did not end', pieces, { closedEarly: true }, 0.03],
    ['is the end mark where the connection broke after it', pieces, { failure: RESET }, 0.03],
    ['is unknown where neither came', [text, finish], { closedEarly: true }, null],
    ['is unknown where the connection broke after the finish', [text, finish], { failure: RESET }, null],
  ])('%s', (_title, reads, changes, seconds) => {
    expect(fieldsOf(CHAT, reads, changes)).toMatchObject({ outcome: 'completed', total_time: seconds })
  })

  test('ends with message_stop and with response.completed', () => {
    const stop = messageEvent({ type: 'message_delta', delta: { stop_reason: 'end_turn' } })
    const last = messageEvent({ type: 'message_stop' })
    expect(fieldsOf(MESSAGES, [stop, last], { closedEarly: true })).toMatchObject({ total_time: 0.02 })
    const completed = sse({ type: 'response.completed', response: { status: 'completed' } })
    expect(fieldsOf(RESPONSES, [completed], { closedEarly: true })).toMatchObject({ total_time: 0.01 })
  })
})

describe('finish words', () => {
  test.each([
    ['sensitive', 'refused', 'content_filter'],
    ['MODEL_ARMOR', 'refused', 'content_filter'],
    ['ERROR_TOXIC', 'refused', 'content_filter'],
    ['FinishReason.SAFETY', 'refused', 'content_filter'],
    ['model_length', 'length', 'length'],
    ['model-length', 'length', 'length'],
    ['MAX_TOKENS', 'length', 'length'],
    ['FINISH_REASON_MAX_TOKENS', 'length', 'length'],
    ['eos_token', 'completed', 'stop'],
    ['COMPLETE', 'completed', 'stop'],
    ['endTurn', 'completed', 'stop'],
    ['<|im_end|>', 'completed', 'stop'],
    ['</s>', 'completed', 'stop'],
    ['maxTokens', 'length', 'length'],
    ['max_new_tokens', 'length', 'length'],
    ['content_filter: RECITATION', 'refused', 'content_filter'],
    ['contentFiltered', 'refused', 'content_filter'],
    ['toolUse', 'completed', 'tool'],
    ['function_call_filter: UNEXPECTED_TOOL_CALL', 'error', 'error'],
    ['network_error', 'error', 'error'],
    ['abort', 'error', 'error'],
    ['insufficient_system_resource', 'error', 'error'],
  ])('%s is %s', (word, outcome, reason) => {
    const document = fieldsOf(CHAT, [text, chatDelta({}, word)])
    expect(document).toMatchObject({ outcome, finish_reason: reason, finish_reason_raw: word })
  })

  test.each([
    ['an object', { delta: {}, finish_reason: { type: 'length', length: 64 } }, 'length'],
    ['in the delta', { delta: { finish_reason: 'stop' } }, 'stop'],
    ['in camel case', { delta: {}, finishReason: 'stop' }, 'stop'],
    ['null there and a word in the delta', { delta: { finish_reason: 'stop' }, finish_reason: null }, 'stop'],
  ])('may be %s', (_title, choice, reason) => {
    expect(fieldsOf(CHAT, [text, sse({ choices: [choice] })])).toMatchObject({
      outcome: reason === 'stop' ? 'completed' : 'length',
      finish_reason: reason,
    })
  })

  test('a stop sequence of vLLM beside no finish is no finish', () => {
    expect(fieldsOf(CHAT, [text, sse({ choices: [{ delta: {}, stop_reason: 'END' }] })])).toMatchObject({
      outcome: 'truncated',
    })
  })

  test('a response that is incomplete without a reason reached a limit', () => {
    const delta = sse({ type: 'response.output_text.delta', delta: 'Once' })
    const closing = sse({
      type: 'response.incomplete',
      response: { status: 'incomplete', incomplete_details: null },
    })
    expect(fieldsOf(RESPONSES, [delta, closing])).toMatchObject({
      outcome: 'length',
      finish_reason: 'length',
    })
  })

  test('a stream without a finish has no word', () => {
    expect(fieldsOf(CHAT, [text])).toMatchObject({ finish_reason: null, finish_reason_raw: null })
  })
})
