import { describe, expect, test } from 'vitest'
import { chatDelta, chatUsage, geminiParts, messageEvent, sse } from '../support/chunks.ts'
import { CHAT, fieldsOf, GEMINI, MESSAGES, RESPONSES } from '../support/runs.ts'

const FIRST = chatDelta({ content: 'Long ago, ' })
const SECOND = chatDelta({ content: 'the world was young.' })
const FINISH = chatDelta({}, 'stop')
const USAGE = chatUsage({ prompt_tokens: 9, completion_tokens: 8 })
const DONE = sse('[DONE]')
const STREAM = [FIRST, SECOND, FINISH, USAGE, DONE]
const dataOf = (event: string): string => event.slice('data: '.length).trimEnd()

const WHOLE = {
  outcome: 'completed',
  visible_characters: 30,
  output_tokens: 8,
  token_source: 'provider_usage_completion_tokens',
  malformed_frames: 0,
  quality: { tainted: [] },
}

describe('events that are not parted by a blank line', () => {
  const unparted = (pieces: readonly string[]): string[] =>
    pieces.map((piece) => piece.replace(/\n\n$/, '\n'))

  test.each([
    ['with LF', unparted(STREAM)],
    ['with CRLF', unparted(STREAM).map((piece) => piece.replaceAll('\n', '\r\n'))],
    ['with CR', unparted(STREAM).map((piece) => piece.replaceAll('\n', '\r'))],
    ['each with an id before it', unparted(STREAM).map((piece, index) => `id: ${index}\n${piece}`)],
    ['each with an id behind it', unparted(STREAM).map((piece, index) => `${piece}id: ${index}\n`)],
    ['each named', unparted(STREAM).map((piece) => `event: message\n${piece}`)],
    ['the last one without a line end', [...unparted(STREAM.slice(0, -1)), 'data: [DONE]']],
    ['with comments between them', unparted(STREAM).flatMap((piece) => [piece, ': wait\n'])],
  ])('%s are read one by one, each with the stamp of its own read', (_title, pieces) => {
    const at = (piece: string): number => (pieces.indexOf(piece) + 1) / 100
    const [first, second] = pieces.filter((piece) => /Long ago|young/.test(piece))
    expect(fieldsOf(CHAT, pieces)).toMatchObject({
      ...WHOLE,
      time_to_first_token: at(first ?? ''),
      generate_time: at(second ?? ''),
    })
  })

  test('of Messages keep their names', () => {
    const events = [
      { type: 'message_start', message: { id: 'm', usage: { input_tokens: 9, output_tokens: 1 } } },
      { type: 'content_block_delta', delta: { text: 'Once upon' } },
      { type: 'content_block_delta', delta: { text: ' a time' } },
      { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 5 } },
      { type: 'message_stop' },
    ]
    const pieces = unparted(events.map(messageEvent))
    const named = events.map(({ type, ...data }) => `event: ${type}\ndata: ${JSON.stringify(data)}\n`)
    for (const wire of [pieces, named]) {
      expect(fieldsOf(MESSAGES, wire)).toMatchObject({
        outcome: 'completed',
        visible_characters: 16,
        time_to_first_token: 0.02,
        generate_time: 0.03,
        output_tokens: 5,
      })
    }
  })

  test('of Gemini and Responses too', () => {
    expect(
      fieldsOf(GEMINI, [
        geminiParts([{ text: 'Once' }]).trimEnd(),
        `\n${geminiParts([{ text: ' more' }], 'STOP')}`,
      ]),
    ).toMatchObject({ outcome: 'completed', visible_characters: 9 })
    const delta = { type: 'response.output_text.delta', delta: 'Once' }
    const completed = { type: 'response.completed', response: { status: 'completed' } }
    expect(fieldsOf(RESPONSES, unparted([sse(delta), sse(completed)]))).toMatchObject({
      outcome: 'completed',
      visible_characters: 4,
    })
  })

  test('keep an error that was written into an event that had not ended', () => {
    const error = '{"type":"error","error":{"type":"upstream_error","message":"stream_read_error"}}'
    const begun = 'data: {"choices":[{"delta":{"con'
    for (const end of ['\n\n', '']) {
      expect(fieldsOf(CHAT, [FIRST, `${begun}\ndata: ${error}${end}`])).toMatchObject({
        message: 'stream_read_error',
        exc_type: 'upstream_error',
        phase: 'stream',
      })
    }
    expect(fieldsOf(CHAT, [FIRST, `${SECOND.trimEnd()}\ndata: ${error}\n\n`])).toMatchObject({
      message: 'stream_read_error',
    })
  })

  test('a message over several data lines is still one', () => {
    const indented = JSON.stringify(JSON.parse(dataOf(SECOND)), null, 2)
    const lines = indented.split('\n').map((line) => `data: ${line}\n`)
    expect(fieldsOf(CHAT, [FIRST, `${lines.join('')}\n`, FINISH, USAGE, DONE])).toMatchObject(WHOLE)
    const list = `data: [\ndata: ${dataOf(SECOND)}\ndata: ,\ndata: ${dataOf(FINISH)}\ndata: ]\n\n`
    expect(fieldsOf(CHAT, [FIRST, list, USAGE, DONE])).toMatchObject(WHOLE)
  })

  test('words behind the end mark do not hide it', () => {
    expect(
      fieldsOf(CHAT, [FIRST, SECOND, FINISH, USAGE, 'data: [DONE]\nbye\n\n'], { closedEarly: true }),
    ).toMatchObject({ outcome: 'completed', total_time: 0.05, malformed_frames: 1 })
  })
})

describe('messages that are glued together', () => {
  test.each([
    ['without a line end between them', [`${FIRST.trimEnd()}${SECOND}`, FINISH, USAGE, DONE]],
    ['with a space between them', [`${FIRST.trimEnd()} ${SECOND}`, FINISH, USAGE, DONE]],
    ['as two objects in one data line', [`data: ${dataOf(FIRST)}${dataOf(SECOND)}\n\n`, FINISH, USAGE, DONE]],
    ['as two objects with a comma', [`data: ${dataOf(FIRST)},${dataOf(SECOND)}\n\n`, FINISH, USAGE, DONE]],
    ['marked as data twice', STREAM.map((piece) => `data: ${piece}`)],
    ['marked as data twice, without spaces', STREAM.map((piece) => `data:data:${piece.slice(6)}`)],
    ['with the end mark', [FIRST, SECOND, FINISH, `${USAGE.trimEnd()}data: [DONE]\n\n`]],
  ])('%s are each read', (_title, pieces) => {
    expect(fieldsOf(CHAT, pieces)).toMatchObject(WHOLE)
  })

  test('to one that was cut are read, and the cut one is counted', () => {
    const cut = 'data: {"id":"x","model":"m-1","chdata: '
    expect(fieldsOf(CHAT, [FIRST, `${cut}${dataOf(SECOND)}\n\n`, FINISH, USAGE, DONE])).toMatchObject({
      ...WHOLE,
      malformed_frames: 1,
      quality: { tainted: ['malformed_frames'] },
    })
  })

  test('text that only looks glued is text', () => {
    const content = 'data: {"a":1}data: {"b":2}\n'
    expect(fieldsOf(CHAT, [chatDelta({ content }), FINISH])).toMatchObject({
      outcome: 'completed',
      visible_characters: content.length,
      malformed_frames: 0,
    })
  })
})

describe('data that only keeps a connection alive is no message', () => {
  test.each([
    ': keepalive',
    ': OPENROUTER PROCESSING',
    ': ping - 2026-04-12 10:00:00.123456+00:00',
    'ping',
    '"ping"',
    '[PING]',
    '[HEARTBEAT]',
    'keep_alive',
    'OPENROUTER PROCESSING',
    'ping 2026-04-12T10:00:00Z',
    '1699999999',
    '2023-02-20 08:40:33.556053',
    '""',
    '{"type":"keepalive","sequence_number":3}',
    '{"type":"ping"}',
  ])('%s', (data) => {
    expect(fieldsOf(CHAT, [FIRST, `data: ${data}\n\n`, SECOND, FINISH, USAGE, DONE])).toMatchObject(WHOLE)
  })

  test.each(['ping', 'heartbeat', 'keepalive', 'keep-alive'])('whatever an event named %s holds', (name) => {
    const event = `event: ${name}\ndata: still thinking\n\n`
    expect(fieldsOf(CHAT, [FIRST, event, SECOND, FINISH, USAGE, DONE])).toMatchObject(WHOLE)
    expect(fieldsOf(CHAT, [event, event])).toMatchObject({ error_kind: 'transient_provider' })
  })

  test('and other words are', () => {
    expect(fieldsOf(CHAT, [FIRST, 'data: ping the operator, we are down\n\n'])).toMatchObject({
      exc_type: 'MalformedStream',
      message: expect.stringContaining('we are down') as string,
    })
  })
})

describe('the end mark', () => {
  test.each(['[DONE]', '"[DONE]"', '[done]', 'DONE', '[DONE]\0', '<[DONE]>', '[END]'])(
    'may be %s',
    (mark) => {
      const pieces = [FIRST, SECOND, FINISH, USAGE, `data: ${mark}\n\n`]
      expect(fieldsOf(CHAT, pieces, { closedEarly: true })).toMatchObject({ ...WHOLE, total_time: 0.05 })
    },
  )

  test.each(['done', 'end', 'complete'])('may be an event named %s', (name) => {
    const pieces = [FIRST, SECOND, FINISH, USAGE, `event: ${name}\ndata: stream finished\n\n`]
    expect(fieldsOf(CHAT, pieces, { closedEarly: true })).toMatchObject({ ...WHOLE, total_time: 0.05 })
  })

  test('may be followed by padding', () => {
    expect(fieldsOf(CHAT, [...STREAM, '\0\0\0\n'])).toMatchObject(WHOLE)
  })
})

describe('numbers that JSON does not know', () => {
  test.each(['NaN', 'Infinity', '-Infinity'])('%s beside the text costs no text', (number) => {
    const odd = SECOND.replace('"finish_reason":null', `"logprobs":{"mean":${number}},"finish_reason":null`)
    expect(fieldsOf(CHAT, [FIRST, odd, FINISH, USAGE, DONE])).toMatchObject(WHOLE)
  })

  test('inside a text they are text', () => {
    const data = '{"choices":[{"delta":{"content":"NaN, -Infinity"},"logprobs":NaN}]}'
    expect(fieldsOf(CHAT, [`data: ${data}\n\n`, FINISH])).toMatchObject({ visible_characters: 14 })
  })
})
