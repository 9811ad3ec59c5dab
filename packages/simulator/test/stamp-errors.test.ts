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

test('percentiles are by nearest rank and the largest value is never left out', () => {
  const values = Array.from({ length: 200 }, (_, index) => BigInt(index + 1) * 1_000_000n)
  expect(summarise(values)).toEqual({ count: 200, p50Ms: 100, p99Ms: 198, maxMs: 200 })
})

test('without a value there is no percentile', () => {
  expect(summarise([])).toEqual({ count: 0, p50Ms: Number.NaN, p99Ms: Number.NaN, maxMs: Number.NaN })
})
