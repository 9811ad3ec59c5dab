import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nsOfMs } from '../src/clock.ts'
import { outlineBeats, usageOf } from '../src/outline.ts'
import { Scenario } from '../src/scenario.ts'

const scenarios = fc
  .record({
    first_delay_ms: fc.double({ min: 0, max: 100, noNaN: true }),
    gap_ms: fc.double({ min: 0, max: 50, noNaN: true }),
    deltas: fc.integer({ min: 0, max: 40 }),
    reasoning_deltas: fc.integer({ min: 0, max: 10 }),
    keepalive_comments: fc.integer({ min: 0, max: 3 }),
    empty_deltas: fc.integer({ min: 0, max: 3 }),
    tokens_per_delta: fc.integer({ min: 1, max: 5 }),
    trailer_gap_ms: fc.double({ min: 0, max: 10, noNaN: true }),
  })
  .map((scenario) => Scenario.parse(scenario))

test('beats keep their order and the first is due after the first delay', () => {
  fc.assert(
    fc.property(scenarios, (settings) => {
      const offsets = outlineBeats(settings).map(({ offsetNs }) => offsetNs)
      expect(offsets[0]).toBe(nsOfMs(settings.first_delay_ms))
      expect(offsets.every((offset, index) => index === 0 || offset >= (offsets[index - 1] ?? 0n))).toBe(true)
    }),
  )
})

test('gaps do not drift: every beat is a whole number of gaps from the first', () => {
  fc.assert(
    fc.property(scenarios, (settings) => {
      const beats = outlineBeats(settings)
      const gapNs = nsOfMs(settings.gap_ms)
      for (const [index, { offsetNs, part }] of beats.entries()) {
        const regularNs = nsOfMs(settings.first_delay_ms) + BigInt(index) * gapNs
        if (part !== 'trailer') expect(offsetNs).toBe(regularNs)
      }
    }),
  )
})

test('unless told otherwise the reported tokens are the words that are sent', () => {
  fc.assert(
    fc.property(scenarios, (settings) => {
      const { deltas, reasoning_deltas: reasoning, tokens_per_delta: size } = settings
      expect(usageOf(settings)).toEqual({
        inputTokens: 13,
        outputTokens: (deltas + reasoning) * size,
        reasoningTokens: reasoning * size,
      })
    }),
  )
})

test('listed gaps are taken in turn and the last one repeats', () => {
  const beats = outlineBeats(
    Scenario.parse({ first_delay_ms: 1, gaps_ms: [5, 2], finish_gap_ms: 9, trailer_gap_ms: 4, deltas: 3 }),
  )
  expect(beats.map(({ part, offsetNs }) => `${part} ${offsetNs / 1_000_000n}`)).toEqual([
    'start 1',
    'text 6',
    'text 8',
    'text 10',
    'finish 19',
    'trailer 23',
  ])
})
