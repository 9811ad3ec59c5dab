/** The first token is the first delta with a character that can be seen. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { holdsContent } from '../../src/decode.ts'
import { hasVisibleCharacter } from '../../src/visible-text.ts'
import { chatDelta } from '../support/chunks.ts'
import { resultOfReads } from '../support/results.ts'
import { dialectFor, errorOf } from '../support/fixtures.ts'

const INVISIBLE: readonly (readonly [name: string, text: string])[] = [
  ['line feeds', '\n\n'],
  ['a tab and spaces', '\t  '],
  ['a no-break space', '\u00a0'],
  ['an ideographic space', '\u3000'],
  ['a line separator', '\u2028'],
  ['a byte-order mark', '\ufeff'],
  ['a zero-width space', '\u200b'],
  ['a zero-width joiner', '\u200d'],
  ['a word joiner', '\u2060'],
  ['a soft hyphen', '\u00ad'],
  ['a right-to-left mark', '\u200f'],
  ['a variation selector', '\ufe0f'],
  ['a Hangul filler', '\u3164'],
  ['an empty Braille cell', '\u2800'],
  ['an annotation mark', '\ufff9'],
  ['a tag character', '\u{e0041}'],
  ['a null', '\u0000'],
  ['half of a surrogate pair', '\ud83c'],
]
const VISIBLE = ['a', '.', '—', '漢', '👍', '\u0301', '\u0600', '\u{10ffff}', '\ue000', '0\u200b', '\n\n#']

test.each(INVISIBLE)('%s cannot be seen', (_name, text) => {
  expect(hasVisibleCharacter(text)).toBe(false)
})

test.each(VISIBLE)('%j can be seen', (text) => {
  expect(hasVisibleCharacter(text)).toBe(true)
})

describe.each(INVISIBLE)('%s before the text', (_name, blank) => {
  const result = resultOfReads([
    [50, chatDelta({ reasoning: blank })],
    [60, chatDelta({ reasoning: 'hm' })],
    [100, chatDelta({ content: blank })],
    [150, chatDelta({ content: blank })],
    [250, chatDelta({ content: 'Once' })],
    [290, chatDelta({ content: ' upon' })],
    [300, chatDelta({}, 'stop')],
  ])

  test('is neither the first token nor the first reasoning', () => {
    expect([result.time_to_first_reasoning, result.time_to_first_token]).toEqual([0.06, 0.25])
  })

  test('appears with the first visible character: gaps sum to last minus first', () => {
    expect(result.times_between_tokens).toEqual([0, 0, 0.04])
    expect(result.visible_stream_chunks).toBe(4)
  })

  test('does not end the wait for the first token', () => {
    const reads = (text: string) => [{ atNs: 0n, bytes: Buffer.from(text) }]
    const dialect = dialectFor('groq', 'chat_completions_stream')
    expect(holdsContent(dialect, reads(chatDelta({ content: blank, reasoning: blank })))).toBe(false)
    expect(holdsContent(dialect, reads(chatDelta({ content: 'a' })))).toBe(true)
    expect(holdsContent(dialect, reads(chatDelta({ reasoning: 'a' })))).toBe(true)
  })

  test('and nothing else is an empty answer without a first token, a gap or a rate', () => {
    const empty = resultOfReads([
      [100, chatDelta({ content: blank })],
      [120, chatDelta({ content: blank }, 'stop')],
    ])
    expect(empty).toMatchObject({
      outcome: 'empty',
      time_to_first_token: null,
      times_between_tokens: [],
      longest_gap_seconds: null,
      stream_shape: null,
      visible_o200k_tokens_per_second: null,
    })
  })

  test('leaves a later error in the phase of the first token', () => {
    const api = { provider: 'groq', requestMode: 'chat_completions_stream' } as const
    const broken = 'event: error\ndata: {"error":{"message":"no","code":503}}\n\n'
    expect(errorOf(api, chatDelta({ content: blank }) + broken)).toMatchObject({ phase: 'first_token' })
    expect(errorOf(api, chatDelta({ content: `${blank}a` }) + broken)).toMatchObject({ phase: 'stream' })
  })
})

test('a character whose surrogates came in two deltas is seen with the second', () => {
  const [high = '', low = ''] = '👍'.split('')
  const result = resultOfReads([
    [100, chatDelta({ content: high })],
    [150, chatDelta({ content: low })],
    [160, chatDelta({}, 'stop')],
  ])
  expect(result).toMatchObject({ time_to_first_token: 0.15, outcome: 'completed', visible_characters: 1 })
})

test('blank deltas after the first token are gaps like any other and extend the generation', () => {
  const result = resultOfReads([
    [100, chatDelta({ content: 'Once' })],
    [130, chatDelta({ content: '\n' })],
    [190, chatDelta({ content: '\n' }, 'stop')],
  ])
  expect(result).toMatchObject({ times_between_tokens: [0.03, 0.06], generate_time: 0.19 })
})

test('tokens of blank deltas before the text are no part of the decode rate', () => {
  const result = resultOfReads([
    [10, chatDelta({ content: '\n\n' })],
    ...Array.from(
      { length: 21 },
      (_, index) => [500 + index * 10, chatDelta({ content: ' happy' })] as const,
    ),
    [800, chatDelta({}, 'stop')],
  ])
  expect(result.decode_o200k_tokens_per_second).toBeCloseTo(100, 6)
})

test('any deltas: the first token is there exactly when the outcome says that something was seen', () => {
  const piece = fc.oneof(
    fc.constantFrom(...INVISIBLE.map(([, text]) => text), ...VISIBLE),
    fc.string({ unit: 'binary', maxLength: 4 }),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (texts) => {
      const deltas = texts.map((content, index) => [100 + index * 10, chatDelta({ content })] as const)
      const result = resultOfReads([...deltas, [500, chatDelta({}, 'stop')]])
      expect(result.time_to_first_token !== null).toBe(result.outcome === 'completed')
      if (result.time_to_first_token === null) return
      const gaps = result.times_between_tokens ?? []
      expect(gaps).toHaveLength(texts.filter((text) => text !== '').length - 1)
      const sumMs = Math.round(gaps.reduce((sum, gap) => sum + gap, 0) * 1e9)
      const shown = Math.round(((result.generate_time ?? 0) - (result.time_to_first_token ?? 0)) * 1e9)
      expect(sumMs).toBe(shown)
    }),
    { numRuns: 100 },
  )
})
