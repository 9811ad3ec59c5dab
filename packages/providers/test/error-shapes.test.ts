/** Errors in the shapes of gateways and clouds: their words are kept wherever they are, and good chunks are no errors. */
import { describe, expect, test } from 'vitest'
import { readHttpError } from '../src/http-error.ts'
import { chatDelta, messageEvent, sse } from './support/chunks.ts'
import { CHAT, fieldsOf, MESSAGES, RESPONSES } from './support/runs.ts'

const TEXT = chatDelta({ content: 'Once' })

test.each([
  { ErrorMessage: 'w' },
  { errorMsg: 'w', errorCode: 'E1' },
  { errcode: 3, errmsg: 'w' },
  { error: 'invalid_request', error_description: 'w' },
  { response: { error: { message: 'w' } } },
  { data: { error: { message: 'w' } }, code: 0 },
  { result: { error: 'w' } },
  { message: { error: 'w' } },
  { Response: { Error: { Code: 'AuthFailure', Message: 'w' }, RequestId: 'r' } },
  { ResponseMetadata: { Error: { Code: 'X', Message: 'w' } } },
  { event: 'error', data: { message: 'w' } },
  { failure: { message: 'w' } },
  { kind: 'Error', reason: 'w' },
  { ok: false, description: 'w' },
])('%j in a stream that does not end well', (shape) => {
  expect(fieldsOf(CHAT, [TEXT, sse(shape)])).toMatchObject({
    phase: 'stream',
    message: 'w',
    http_status: 200,
  })
})

test.each([
  [{ Error: { Code: 'Throttling', Message: 'w' } }, 'Throttling'],
  [{ Response: { Error: { Code: 'AuthFailure', Message: 'w' } } }, 'AuthFailure'],
  [{ error: 'invalid_grant', error_description: 'w' }, 'invalid_grant'],
  [{ errcode: 3, errmsg: 'w' }, null],
])('%j at a 500 has the code %s', (shape, code) => {
  expect(readHttpError(500, JSON.stringify(shape))).toMatchObject({ message: 'w', code })
})

test('a list of words is counted', () => {
  expect(fieldsOf(CHAT, [TEXT, sse(['it broke'])])).toMatchObject({
    malformed_frames: 1,
    message: expect.stringContaining('it broke') as string,
  })
})

describe('what good streams hold is no error', () => {
  const finish = chatDelta({}, 'stop')
  test.each([
    { errcode: 0, errmsg: 'ok' },
    { error_code: 0, error_msg: 'success' },
    { errorMessage: null },
    { response: { error: null } },
    { data: { error: {} }, message: 'ok' },
    { message: { role: 'assistant', error: null } },
    { error_description: '' },
    { event: 'done', reason: 'stop' },
    { warning: 'This model is deprecated' },
  ])('%j', (chunk) => {
    const odd = sse({ ...chunk, choices: [{ delta: { content: ' upon' } }] })
    expect(fieldsOf(CHAT, [TEXT, odd, finish])).toMatchObject({ outcome: 'completed', visible_characters: 9 })
    expect(fieldsOf(CHAT, [TEXT, sse(chunk), finish])).toMatchObject({
      outcome: 'completed',
      malformed_frames: 0,
    })
  })

  test('in Responses and Messages', () => {
    const response = {
      id: 'r',
      error: null,
      incomplete_details: null,
      status: 'completed',
      reasoning: { effort: null },
    }
    const events = [
      { type: 'response.created', response },
      { type: 'response.queued', response },
      { type: 'response.output_item.added', item: { type: 'reasoning', summary: [] } },
      { type: 'response.reasoning_summary_part.added', part: { type: 'summary_text', text: '' } },
      { type: 'response.output_text.delta', delta: 'Once' },
      { type: 'response.web_search_call.searching', item_id: 'x' },
      { type: 'response.completed', response },
    ]
    expect(
      fieldsOf(
        RESPONSES,
        events.map((event) => sse(event, event.type)),
      ),
    ).toMatchObject({
      outcome: 'completed',
      visible_characters: 4,
    })
    const message = { id: 'm', type: 'message', content: [], stop_reason: null, stop_details: null }
    const messages = [
      { type: 'message_start', message },
      { type: 'ping' },
      { type: 'content_block_start', content_block: { type: 'text', text: '' } },
      { type: 'content_block_delta', delta: { type: 'text_delta', text: 'Once' } },
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null } },
      { type: 'message_stop' },
    ]
    expect(fieldsOf(MESSAGES, messages.map(messageEvent))).toMatchObject({ outcome: 'completed' })
    // Cut anywhere it is only cut.
    for (let length = 1; length < 6; length += 1)
      expect(fieldsOf(MESSAGES, messages.slice(0, length).map(messageEvent))).not.toHaveProperty(
        'error_kind',
        'unknown',
      )
  })
})
