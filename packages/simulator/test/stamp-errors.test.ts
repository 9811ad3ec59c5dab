import { expect, test } from 'vitest'
import { stampErrors, summarise } from '../src/stamp-errors.ts'
import type { RunTruth } from '../src/truth.ts'

function truthOf(writes: readonly (readonly [atNs: number, textDeltas: number])[]): RunTruth {
  return {
    writes: writes.map(([atNs, textDeltas]) => ({ at_ns: String(atNs), text_deltas: textDeltas })),
  } as unknown as RunTruth
}

test('each text delta is compared with the write that carried it, several deltas of one write with the same', () => {
  const truth = truthOf([
    [100, 0],
    [200, 1],
    [300, 2],
  ])
  expect(stampErrors(truth, [205n, 310n, 310n])).toEqual({ deltasNs: [5n, 10n, 10n], gapsNs: [5n, 0n] })
})

test('another number of deltas than were written cannot be compared', () => {
  expect(stampErrors(truthOf([[200, 1]]), [205n, 206n])).toBeNull()
})

test('a constant delay is an error of every stamp and of no gap', () => {
  const errors = stampErrors(
    truthOf([
      [1, 1],
      [2, 1],
      [3, 1],
    ]),
    [8n, 9n, 10n],
  )
  expect(errors).toEqual({ deltasNs: [7n, 7n, 7n], gapsNs: [0n, 0n] })
})

const MS = 1_000_000n

test('percentiles are by nearest rank, and neither the least nor the greatest is left out', () => {
  const values = Array.from({ length: 200 }, (_, index) => BigInt(index + 1) * MS)
  expect(summarise(values)).toEqual({ count: 200, p50Ms: 100, p99Ms: 198, minMs: 1, maxMs: 200 })
})

test.each([
  [
    'every stamp a second early',
    Array<bigint>(100).fill(-1000n * MS),
    { p50Ms: 1000, p99Ms: 1000, minMs: -1000, maxMs: -1000 },
  ],
  [
    'two of a hundred early',
    [...Array<bigint>(98).fill(MS), -30n * MS, -40n * MS],
    { p50Ms: 1, p99Ms: 30, minMs: -40, maxMs: 1 },
  ],
  [
    'as many early as late',
    [-2n * MS, 2n * MS, -1n * MS, 1n * MS],
    { p50Ms: 1, p99Ms: 2, minMs: -2, maxMs: 2 },
  ],
])('%s: an early stamp is an error of its size', (_title, errorsNs, expected) => {
  expect(summarise(errorsNs)).toMatchObject(expected)
})

test('without a value there is no percentile', () => {
  const { NaN: none } = Number
  expect(summarise([])).toEqual({ count: 0, p50Ms: none, p99Ms: none, minMs: none, maxMs: none })
})
