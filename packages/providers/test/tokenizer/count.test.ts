/** Two libraries that count with tables and code of their own are the judges. */
import { countTokens as countOfJudge } from 'gpt-tokenizer/encoding/o200k_base'
import fc from 'fast-check'
import { Tiktoken } from 'js-tiktoken/lite'
import o200kBase from 'js-tiktoken/ranks/o200k_base'
import { describe, expect, test } from 'vitest'
import { deltasOf, joinTexts } from '../../src/metrics/milestones.ts'
import { decodeStream } from '../../src/decode.ts'
import { countTokens } from '../../src/tokenizer/count.ts'
import { EXPECTED } from '../fixtures/expected.ts'
import { dialectFor, fixtureBytes, sliced } from '../support/fixtures.ts'
import { SAMPLES, wildText } from '../support/texts.ts'

const NO_SPECIAL = { disallowedSpecial: new Set<string>() }
const MARK = '\uFEFF'

const letters = fc.string({
  unit: fc.constantFrom('e', 't', 'a', 'o', 'in'),
  minLength: 5000,
  maxLength: 5000,
})

function judge(text: string): number {
  return countOfJudge(text, NO_SPECIAL)
}

test('any text has as many tokens as the judge counts', () => {
  const property = fc.property(
    // The judge drops a byte-order mark before it looks a token up: see below.
    wildText.map((text) => text.replaceAll(MARK, '')),
    (text) => countTokens(text) === judge(text),
  )
  fc.assert(property, { seed: 20_261_124, numRuns: 3000 })
})

test.each(SAMPLES)('as many tokens as the judge counts: %s', (text) => {
  expect(countTokens(text)).toBe(judge(text))
})

test.each(EXPECTED)('$file: as many tokens as the judge counts, in all and in each delta', (expected) => {
  const dialect = dialectFor(expected.provider, expected.requestMode)
  const { events } = decodeStream(dialect, sliced(fixtureBytes(expected.file), [64]))
  for (const deltas of [deltasOf(events, 'text'), deltasOf(events, 'reasoning')]) {
    for (const { text } of [{ text: joinTexts(deltas) }, ...deltas])
      expect(countTokens(text)).toBe(judge(text))
  }
})

test('what looks like a special token is text', () => {
  expect(countTokens('<|endoftext|>')).toBe(7)
})

test('no text has no tokens', () => {
  expect(countTokens('')).toBe(0)
})

test('a byte-order mark counts as the second judge counts it', () => {
  const second = new Tiktoken(o200kBase)
  for (const text of [MARK, `${MARK}using System;`, `a${MARK}b ${MARK}${MARK}\n//${MARK}`]) {
    expect(countTokens(text)).toBe(second.encode(text, [], []).length)
  }
})

describe('long runs', () => {
  test.each(['a', 'Z', '漢', ' ', '\n', '-', '=!', '\t ', '🎉', '\uD800', 'é'])(
    '2,000 times %j: as many tokens as the judge counts',
    (text) => {
      expect(countTokens(text.repeat(2000))).toBe(judge(text.repeat(2000)))
    },
  )

  test('5,000 letters without a pattern have as many tokens as the judge counts', () => {
    const [text = ''] = fc.sample(letters, { seed: 20_261_124, numRuns: 1 })
    expect(countTokens(text)).toBe(judge(text))
  })

  test('a run that would take the judge minutes is counted exactly', () => {
    expect(countTokens('a'.repeat(80_000))).toBe(10_000)
  })

  test('a text longer than what is counted at once is cut between words, which adds no token', () => {
    const text = SAMPLES.join('\n').repeat(200)
    expect(text.length).toBeGreaterThan(300_000)
    expect(countTokens(text)).toBe(judge(text))
  })

  test('a run without a place to be cut is cut, and never inside a character', () => {
    const emoji = '🎉'.repeat(200_000)
    expect(countTokens(emoji)).toBe(400_000)
    expect(countTokens(`x${emoji}`)).toBe(400_001)
  })
})
