import { describe, expect, test } from 'vitest'
import { chatDelta, geminiParts, sse } from '../support/chunks.ts'
import { CHAT, fieldsOf, GEMINI, RESET } from '../support/runs.ts'

const DONE = sse('[DONE]')
const IDLE = { ...RESET, cause: 'deadline', deadline: 'idle', name: 'IdleTimeout' } as const
const every = [chatDelta({ content: 'Once' }, 'stop'), chatDelta({ content: ' upon' }, 'stop')]
const gemini = [geminiParts([{ text: 'Once' }], 'STOP'), geminiParts([{ text: ' upon' }], 'STOP')]
const early = [chatDelta({ content: '' }, 'stop'), chatDelta({ content: 'Once upon' }), chatDelta({}, 'stop')]

describe('where text has followed a finish, another finish is believed only with an end', () => {
  test.each([
    ['a finish on every chunk', CHAT, every],
    ['STOP on every message of Gemini', GEMINI, gemini],
    ['a finish before the text', CHAT, early],
  ])('%s: the end of the body is one', (_title, api, pieces) => {
    expect(fieldsOf(api, pieces)).toMatchObject({ outcome: 'completed', visible_characters: 9 })
  })

  test.each([
    ['a reset', RESET, 'network'],
    ['silence', IDLE, 'timeout'],
  ])('%s is none', (_title, failure, kind) => {
    for (const pieces of [every, early]) {
      expect(fieldsOf(CHAT, pieces, { failure })).toMatchObject({ error_kind: kind, phase: 'stream' })
    }
    expect(fieldsOf(GEMINI, gemini, { failure })).toMatchObject({ error_kind: kind, phase: 'stream' })
  })

  test('the end mark is one, whatever the connection does then', () => {
    expect(fieldsOf(CHAT, [...every, DONE], { failure: RESET })).toMatchObject({
      outcome: 'completed',
      total_time: 0.03,
    })
    expect(fieldsOf(CHAT, [...early, DONE], { closedEarly: true })).toMatchObject({ outcome: 'completed' })
  })

  test('a finish that is repeated without text between is believed as ever', () => {
    const twice = [chatDelta({ content: 'Once' }), chatDelta({}, 'stop'), chatDelta({}, 'stop')]
    expect(fieldsOf(CHAT, twice, { failure: RESET })).toMatchObject({ outcome: 'completed' })
  })
})
