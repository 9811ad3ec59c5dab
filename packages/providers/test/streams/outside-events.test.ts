import { describe, expect, test } from 'vitest'
import { chatDelta, chatUsage, geminiParts, messageEvent, sse } from '../support/chunks.ts'
import { encodeEventStream } from '../support/eventstream.ts'
import type { Tape } from '../../src/transport/tape.ts'
import { CHAT, CONVERSE, fieldsOf, GEMINI, MESSAGES, RESET } from '../support/runs.ts'

const TEXT = [chatDelta({ content: 'Long ago, ' }), chatDelta({ content: 'the world ' })]
const FINISH = [chatDelta({}, 'stop'), chatUsage({ prompt_tokens: 9, completion_tokens: 4 })]
const ERROR = { error: { code: 503, message: 'The model is overloaded.', status: 'UNAVAILABLE' } }
const INDENTED = `${JSON.stringify(ERROR, null, 2)}\n`
const PAGE = '<html><head><title>502 Bad Gateway</title></head>\r\n<body><h1>502</h1></body></html>\r\n'

describe('an error outside the events of a stream', () => {
  test.each([
    ['in one line after text', [...TEXT, `${JSON.stringify(ERROR)}\n`]],
    ['without a line end', [...TEXT, JSON.stringify(ERROR)]],
    ['indented over many lines', [...TEXT, INDENTED]],
    ['indented, with CRLF and blank lines inside', [...TEXT, INDENTED.replaceAll('\n', '\r\n\r\n')]],
    ['as a list', [...TEXT, JSON.stringify([ERROR], null, 2)]],
    ['cut into single bytes', [...TEXT, ...INDENTED.split('')]],
    ['after the finish', [...TEXT, ...FINISH, INDENTED]],
    ['after [DONE]', [...TEXT, ...FINISH, sse('[DONE]'), INDENTED]],
    ['between two events', [...TEXT, INDENTED, chatDelta({ content: 'was young' })]],
    ['behind the marked first line of an event', [...TEXT, `data: ${INDENTED}\n`]],
    ['glued to a message that was cut', [...TEXT, `data: {"choices":[{"del${JSON.stringify(ERROR)}\n\n`]],
    ['then a reset', [...TEXT, INDENTED], { failure: RESET }],
  ] as const)('%s is that error', (_title, pieces, changes: Partial<Tape> = {}) => {
    expect(fieldsOf(CHAT, pieces, changes)).toMatchObject({
      error_kind: 'transient_provider',
      phase: 'stream',
      http_status: 503,
      message: 'The model is overloaded.',
      exc_type: 'UNAVAILABLE',
    })
  })

  test('of Gemini, whose lines end with CRLF', () => {
    expect(fieldsOf(GEMINI, [geminiParts([{ text: 'Okay' }], 'STOP'), INDENTED])).toMatchObject({
      error_kind: 'transient_provider',
      message: 'The model is overloaded.',
    })
  })

  test.each([
    ['alone', []],
    ['after a message', [{ type: 'contentBlockDelta', payload: { delta: { text: 'Once' } } }]],
  ])('of a gateway in front of Bedrock, %s', (_title, frames) => {
    expect(
      fieldsOf(CONVERSE, [encodeEventStream(frames), '{"message":"Service Unavailable"}']),
    ).toMatchObject({
      error_kind: 'transient_provider',
      message: 'Service Unavailable',
    })
  })
})

describe('words and pages', () => {
  test.each([
    ['a page after text', [...TEXT, PAGE], 'transient_provider', '502 Bad Gateway'],
    [
      'a page in a data line after text',
      [...TEXT, sse(PAGE.replaceAll('\r\n', ''))],
      'transient_provider',
      '502 Bad Gateway',
    ],
    ['a page alone', [PAGE], 'transient_provider', '502 Bad Gateway'],
    [
      'a page of a portal',
      ['<!DOCTYPE html><html><body>Sign in</body></html>'],
      'transient_provider',
      'Sign in',
    ],
    [
      'words of a proxy',
      [...TEXT, 'upstream connect error or disconnect/reset before headers'],
      'transient_provider',
      'upstream',
    ],
    [
      'words in a data line',
      ['data: Rate limit exceeded, retry in 20 s\n\n', sse('[DONE]')],
      'rate_limit',
      'Rate limit exceeded',
    ],
    ['words before any event', ['Internal Server Error\n'], 'transient_provider', 'Internal Server Error'],
    ['words nobody knows', [...TEXT, 'data: something odd\n\n'], 'unknown', 'something odd'],
  ] as const)('%s are the message of an error', (_title, pieces, kind, words) => {
    const document = fieldsOf(CHAT, pieces)
    expect(document).toMatchObject({ error_kind: kind })
    expect(document['message']).toContain(words)
    expect(document['message']).not.toMatch(/<|data:/)
  })

  test('behind an answer that ended well are counted, and unpublish it', () => {
    expect(fieldsOf(CHAT, [...TEXT, ...FINISH, sse('[DONE]'), PAGE])).toMatchObject({
      outcome: 'completed',
      malformed_frames: 1,
      quality: { tainted: ['malformed_frames'] },
    })
  })
})

describe('an answer that is no stream', () => {
  const WHOLE = { id: 'x', choices: [{ message: { content: 'Once' }, finish_reason: 'stop' }] }
  test.each([
    ['one JSON object', [JSON.stringify(WHOLE)]],
    ['one indented JSON object, then [DONE]', [`${JSON.stringify(WHOLE, null, 2)}\n\n${sse('[DONE]')}`]],
    ['chunks in lines of their own', [`${JSON.stringify(WHOLE)}\n${JSON.stringify(WHOLE)}\n`]],
    ['a list of messages', [JSON.stringify([{ candidates: [{}] }, { candidates: [{}] }], null, 2)]],
  ])('%s is a missing ability', (_title, pieces) => {
    expect(fieldsOf(CHAT, pieces)).toMatchObject({ error_kind: 'hard_capability', exc_type: 'NotAStream' })
  })

  test.each([
    ['comments alone', [': PROCESSING\n\n', ': PROCESSING\n\n']],
    ['blank lines alone', ['\n\n', '   \n\n']],
    ['empty data lines alone', ['data:\n\n', 'data: \n\n']],
    ['an event name without data', ['event: ping\n\n', ':\n\n']],
  ])('%s are a passing failure', (_title, pieces) => {
    const document = fieldsOf(CHAT, pieces)
    expect(document['isError'] === false ? document['outcome'] : document['error_kind']).toMatch(
      /^(?:truncated|transient_provider)$/,
    )
  })
})

describe('messages that are no JSON', () => {
  test.each([
    ['control characters', '{"choices":[{"delta":{"content":"a\tb\u001bc"}}]}', 'a\tb\u001bc'],
    ['a number', '{"choices":[{"delta":{"content":1492}}]}', '1492'],
    ['a number as it was written', '{"choices":[{"delta":{"content":1.50}}]}', '1.50'],
    ['a truth value', '{"choices":[{"delta":{"content":true}}]}', 'true'],
    ['a part in place of a list', '{"choices":[{"delta":{"content":{"type":"text","text":"a"}}}]}', 'a'],
    ['a list of texts', '{"choices":[{"delta":{"content":["a",{"type":"output_text","text":"b"}]}}]}', 'ab'],
  ])('%s in the text is read as text', (_title, data, text) => {
    expect(fieldsOf(CHAT, [`data: ${data}\n\n`, chatDelta({}, 'stop')])).toMatchObject({
      outcome: 'completed',
      visible_characters: text.length,
      malformed_frames: 0,
      quality: { tainted: [] },
    })
  })

  test('a number is text in every wire format', () => {
    const delta = messageEvent({ type: 'content_block_delta', delta: { type: 'text_delta', text: 7 } })
    const stop = messageEvent({ type: 'message_delta', delta: { stop_reason: 'end_turn' } })
    expect(fieldsOf(MESSAGES, [delta, stop])).toMatchObject({ visible_characters: 1 })
    expect(fieldsOf(GEMINI, [geminiParts([{ text: -0.5 }], 'STOP')])).toMatchObject({ visible_characters: 4 })
  })

  test.each([
    ['a chunk cut in the middle', 'data: {"choices":[{"delta":{"conte\n\n'],
    ['a chunk of another encoding', 'data: eyJjaG9pY2VzIjpbXX0=\n\n'],
    ['text that is a truth value of another shape', sse({ choices: [{ delta: { content: [[1]] } }] })],
  ])('%s between good ones is counted and unpublishes the run', (_title, odd) => {
    expect(fieldsOf(CHAT, [...TEXT, odd, ...FINISH, sse('[DONE]')])).toMatchObject({
      outcome: 'completed',
      malformed_frames: 1,
      quality: { tainted: ['malformed_frames'] },
    })
  })

  test.each([
    ['a message cut by the end', [...TEXT, 'data: {"choices":[{"del']],
    ['a field name cut by the end', [...TEXT, 'dat']],
    ['the end mark cut by the end', [...TEXT, 'data: [DO']],
  ])('%s is no malformed message, only a stream that was cut', (_title, pieces) => {
    expect(fieldsOf(CHAT, pieces)).toMatchObject({ outcome: 'truncated', malformed_frames: 0 })
  })

  test.each(['ping', 'keep-alive', 'null', '{}', '[]'])('a data line that says %s is no message', (data) => {
    expect(fieldsOf(CHAT, [...TEXT, `data: ${data}\n\n`, ...FINISH])).toMatchObject({
      outcome: 'completed',
      malformed_frames: 0,
    })
  })
})
