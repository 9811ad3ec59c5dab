/** Whether a text lay ready, came in lumps, or was streamed; what cannot be told is null. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ResultDocument } from '../../src/result.ts'
import { chatDelta } from '../support/chunks.ts'
import { connectionOf, padded, readsAfter } from '../support/network.ts'
import type { Journey } from '../support/network.ts'
import { resultOfReads } from '../support/results.ts'

const ready = (tokens: number): number[] => Array.from({ length: tokens }, () => 0)
const paced = (tokens: number, perSecond: number, pack = 1): number[] =>
  Array.from({ length: tokens }, (_, index) => (Math.floor(index / pack) * pack * 1000) / perSecond)

function measured(journey: Journey): ResultDocument {
  return resultOfReads(readsAfter(journey), connectionOf(journey))
}

const shapeOf = (journey: Journey) => measured(journey).stream_shape

describe('a text that lay ready', () => {
  test.each([
    ['100 KB over 150 ms, 3 flights', { readyMs: ready(512), roundTripMs: 150 }],
    ['100 KB over 300 ms', { readyMs: ready(512), roundTripMs: 300 }],
    ['100 KB over 20 ms', { readyMs: ready(512), roundTripMs: 20 }],
    ['400 KB over 150 ms, 5 flights', { readyMs: ready(2048), roundTripMs: 150 }],
    [
      '64 tokens of 300 bytes: a second flight for the rest',
      { readyMs: ready(64), roundTripMs: 150, deltaBytes: 300 },
    ],
    ['64 tokens of 150 bytes in one flight', { readyMs: ready(64), roundTripMs: 150, deltaBytes: 150 }],
    ['a server that begins with 32 segments', { readyMs: ready(512), roundTripMs: 150, windowBytes: 46_720 }],
    ['a line of 100 Mbit/s', { readyMs: ready(512), roundTripMs: 80, bytesPerMs: 12_500 }],
    ['a round trip that was measured 20 % short', { readyMs: ready(512), roundTripMs: 150, measuredMs: 120 }],
    ['a round trip that was measured 20 % long', { readyMs: ready(512), roundTripMs: 150, measuredMs: 180 }],
    ['next door, all at once', { readyMs: ready(512), roundTripMs: 0.2 }],
  ])('is buffered: %s', (_title, journey) => {
    expect(measured(journey)).toMatchObject({
      stream_shape: 'buffered',
      decode_o200k_tokens_per_second: null,
    })
  })

  test('is buffered with its reasoning before it, which took up the first flights', () => {
    expect(shapeOf({ readyMs: ready(512), reasoningDeltas: 300, roundTripMs: 150 })).toBe('buffered')
    expect(shapeOf({ readyMs: ready(2048), reasoningDeltas: 1200, roundTripMs: 80 })).toBe('buffered')
  })

  test('leaves a doubt where the round trip is not known, or the line is slow', () => {
    expect(shapeOf({ readyMs: ready(512), roundTripMs: 150, measuredMs: null })).toBeNull()
    expect(shapeOf({ readyMs: ready(512), roundTripMs: 150, bytesPerMs: 2500 })).toBeNull()
    expect(shapeOf({ readyMs: ready(64), roundTripMs: 20, bytesPerMs: 2500 })).toBeNull()
  })

  test('leaves a doubt behind a proxy, whose handshake is no round trip of the answer', () => {
    const journey = { readyMs: ready(512), roundTripMs: 150 }
    const { connection } = connectionOf(journey)
    const proxied = { connection: { ...connection, isProxied: true, proxyNs: connection.tcpNs } }
    expect(resultOfReads(readsAfter(journey), proxied).stream_shape).toBeNull()
  })

  test('leaves a doubt where its later flights do not grow, as after a loss', () => {
    const reads = readsAfter({ readyMs: ready(70), roundTripMs: 150 })
    const more = [150, 300, 450, 600].map(
      (atMs) => [400 + atMs, Buffer.from(padded(200).repeat(60))] as const,
    )
    const text = [...reads.slice(0, -1), ...more, [1010, chatDelta({}, 'stop')] as const]
    expect(resultOfReads(text, connectionOf({ readyMs: [], roundTripMs: 150 })).stream_shape).toBeNull()
  })
})

describe('a genuine stream', () => {
  test.each([
    ['100 tokens a second', { readyMs: paced(512, 100), roundTripMs: 150 }],
    [
      '1,100 a second over 150 ms: held back by slow start itself',
      { readyMs: paced(512, 1100), roundTripMs: 150 },
    ],
    ['2,500 a second, a dozen a read', { readyMs: paced(512, 2500, 12), roundTripMs: 10 }],
    ['2,500 a second, two dozen a read', { readyMs: paced(512, 2500, 24), roundTripMs: 10 }],
    ['64 tokens at 2,500 a second, a dozen a read', { readyMs: paced(64, 2500, 12), roundTripMs: 2 }],
    ['a dozen a read, each a round trip after the other', { readyMs: paced(240, 1200, 12), roundTripMs: 10 }],
    ['a round trip that is not known', { readyMs: paced(512, 1000), roundTripMs: 150, measuredMs: null }],
  ])('is streamed: %s', (_title, journey) => {
    expect(shapeOf(journey)).toBe('streamed')
  })

  test.each([2, 4, 5.9, 6])(
    'of 64 tokens in %d ms, a dozen a read, is not buffered where that can be told',
    (ms) => {
      const pack = padded(200).repeat(11)
      const reads = Array.from({ length: 6 }, (_, index) => [400 + (index * ms) / 5, pack] as const)
      const { stream_shape: shape } = resultOfReads(
        [...reads, [410, chatDelta({}, 'stop')]],
        connectionOf({ readyMs: [], roundTripMs: 5 }),
      )
      // 66 tokens in 2 ms would be 33,000 a second.
      expect(shape).toBe(ms === 2 ? 'buffered' : null)
    },
  )

  test('of a dozen deltas a read has the rate of its server', () => {
    const { decode_o200k_tokens_per_second: rate } = measured({
      readyMs: paced(504, 2500, 12),
      roundTripMs: 10,
    })
    expect(rate).toBeGreaterThan(2500 * 0.97)
    expect(rate).toBeLessThan(2500 * 1.03)
  })

  test('of large chunks is coarse, and so are lumps of small ones that are far apart', () => {
    const large = padded(200).replace(' happy', ' happy'.repeat(40))
    const chunks = [100, 300, 500, 700].map((atMs) => [atMs, large] as const)
    expect(resultOfReads([...chunks, [710, chatDelta({}, 'stop')]]).stream_shape).toBe('coarse')
    expect(shapeOf({ readyMs: paced(480, 240, 48), roundTripMs: 5 })).toBe('coarse')
    expect(shapeOf({ readyMs: paced(480, 480, 24), roundTripMs: 80 })).toBe('coarse')
    // A proxy that passes on 8 KB at a time, each lump at once.
    expect(shapeOf({ readyMs: paced(480, 100, 48), roundTripMs: 150 })).toBe('coarse')
  })
})

describe('few arrivals', () => {
  const lump = (tokens: number) => chatDelta({ content: ' happy' }).repeat(tokens)
  const end = [900, chatDelta({}, 'stop')] as const

  test.each([
    ['one of 64 tokens', [[400, lump(64)]], 'buffered'],
    ['one of 8', [[400, lump(8)]], 'buffered'],
    ['one of 7, which says nothing', [[400, lump(7)]], null],
    [
      'a first token and the rest half a second later',
      [
        [400, lump(1)],
        [890, lump(63)],
      ],
      'coarse',
    ],
    [
      'two halves',
      [
        [400, lump(32)],
        [800, lump(32)],
      ],
      'coarse',
    ],
    [
      'two halves a millisecond apart',
      [
        [400, lump(32)],
        [401, lump(32)],
      ],
      'buffered',
    ],
    [
      'two halves 5 ms apart',
      [
        [400, lump(32)],
        [405, lump(32)],
      ],
      null,
    ],
    [
      'two small chunks',
      [
        [400, lump(5)],
        [500, lump(5)],
      ],
      'streamed',
    ],
  ] as const)('%s', (_title, reads, shape) => {
    expect(resultOfReads([...reads, end]).stream_shape).toBe(shape)
  })
})

const way = fc.record({
  roundTripMs: fc.double({ min: 1, max: 320, noNaN: true }),
  windowBytes: fc.integer({ min: 14_600, max: 60_000 }),
  deltaBytes: fc.integer({ min: 120, max: 360 }),
  tokens: fc.integer({ min: 24, max: 900 }),
})

test('whatever the way, a text that lay ready is buffered', () => {
  fc.assert(
    fc.property(way, fc.double({ min: 0.85, max: 1.15, noNaN: true }), ({ tokens, ...journey }, off) => {
      const measuredMs = journey.roundTripMs * off
      expect(shapeOf({ ...journey, readyMs: ready(tokens), measuredMs })).toBe('buffered')
    }),
    { numRuns: 75 },
  )
})

test('whatever the way, a stream at a pace of today’s hardware is not buffered', () => {
  const pace = fc.integer({ min: 20, max: 4000 })
  fc.assert(
    fc.property(way, pace, fc.integer({ min: 1, max: 12 }), ({ tokens, ...journey }, perSecond, pack) => {
      const shape = shapeOf({ ...journey, readyMs: paced(tokens, perSecond, pack) })
      expect(shape).not.toBe('buffered')
      if (pack === 1 && perSecond < 1000) expect(shape).toBe('streamed')
    }),
    { numRuns: 75 },
  )
})

test('the shape does not depend on when the answer began', () => {
  const journey = { readyMs: ready(512), roundTripMs: 150 }
  const later = readsAfter(journey).map(([atMs, bytes]) => [atMs + 20_000, bytes] as const)
  expect(resultOfReads(later, connectionOf(journey)).stream_shape).toBe('buffered')
})
