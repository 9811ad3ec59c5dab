import { describe, expect, test } from 'vitest'
import { chatDelta, chatUsage, geminiParts, messageEvent, sse } from '../support/chunks.ts'
import { CHAT, fieldsOf, GEMINI, MESSAGES, RESPONSES } from '../support/runs.ts'

const WORDS = ['Long', ' ago', ' the world', ' was young', ' and happy.']
const TEXT = WORDS.join('')
const SOFAR = WORDS.map((_word, index) => WORDS.slice(0, index + 1).join(''))
const END = [chatDelta({}, 'stop'), chatUsage({ prompt_tokens: 9, completion_tokens: 9 }), sse('[DONE]')]
const content = (text: string): string => chatDelta({ content: text })
const responseDelta = (delta: string): string => sse({ type: 'response.output_text.delta', delta })
const block = (text: string): string => messageEvent({ type: 'content_block_delta', delta: { text } })

const ONCE = {
  outcome: 'completed',
  visible_characters: TEXT.length,
  time_to_first_token: 0.01,
  generate_time: 0.05,
  malformed_frames: 0,
  quality: { tainted: [] },
}

describe('deltas that each hold all of the text so far are read as what each adds', () => {
  test.each([
    ['chat', CHAT, [...SOFAR.map(content), ...END]],
    ['Gemini', GEMINI, [...SOFAR.map((text) => geminiParts([{ text }])), geminiParts([], 'STOP')]],
    [
      'Messages',
      MESSAGES,
      [...SOFAR.map(block), messageEvent({ type: 'message_delta', delta: { stop_reason: 'end_turn' } })],
    ],
    [
      'Responses',
      RESPONSES,
      [...SOFAR.map(responseDelta), sse({ type: 'response.completed', response: {} })],
    ],
  ])('%s', (_title, api, pieces) => {
    expect(fieldsOf(api, pieces)).toMatchObject({ ...ONCE, visible_stream_chunks: WORDS.length })
  })

  test('with the usage of the provider', () => {
    expect(fieldsOf(CHAT, [...SOFAR.map(content), ...END])).toMatchObject({
      output_tokens: 9,
      token_source: 'provider_usage_completion_tokens',
    })
  })

  test('where some add nothing', () => {
    const pieces = [SOFAR[0], SOFAR[0], SOFAR[1], SOFAR[2], SOFAR[2], SOFAR[4]].map((text) =>
      content(text ?? ''),
    )
    expect(fieldsOf(CHAT, [...pieces, ...END])).toMatchObject({
      visible_characters: TEXT.length,
      generate_time: 0.06,
    })
  })

  test('of reasoning too', () => {
    const reasoning = SOFAR.map((text) => chatDelta({ reasoning_content: text }))
    expect(fieldsOf(CHAT, [...reasoning, content('Once'), ...END])).toMatchObject({
      reasoning_characters: TEXT.length,
      visible_characters: 4,
    })
  })
})

describe('a last delta that repeats the whole text', () => {
  test.each([
    ['alone', [...WORDS, TEXT].map(content)],
    ['with the finish', [...WORDS.map(content), chatDelta({ content: TEXT }, 'stop')]],
  ])('%s is not read again', (_title, pieces) => {
    expect(fieldsOf(CHAT, [...pieces, ...END])).toMatchObject({
      ...ONCE,
      visible_stream_chunks: WORDS.length,
    })
  })

  test('and adds to it is read as what it adds', () => {
    const pieces = [...WORDS, `${TEXT} The end.`].map(content)
    expect(fieldsOf(CHAT, [...pieces, ...END])).toMatchObject({
      visible_characters: TEXT.length + 9,
      generate_time: 0.06,
    })
  })
})

describe('a text that only begins alike is read as it is', () => {
  test.each([
    [['a', 'ab', 'abc', ' and on']],
    [['ha', 'ha', 'ha', 'ha']],
    [['No. ', 'No. ', 'No. Never.']],
    [['1', '12']],
    [['Once', 'Once upon a time']],
  ])('%j', (deltas) => {
    expect(fieldsOf(CHAT, [...deltas.map(content), ...END])).toMatchObject({
      visible_characters: deltas.join('').length,
    })
  })
})
