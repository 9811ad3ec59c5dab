/**
 * The moments of a run's writes, three for each: due, before the write, after it. In one flat array of 64-bit
 * integers, because ten thousand runs of a few hundred writes as objects would keep the garbage collector busy.
 */
export type Stamps = {
  /** Writes that were stamped, also those beyond what is kept. */
  readonly count: () => number
  readonly add: (dueNs: bigint, atNs: bigint, afterNs: bigint) => void
  /** The moments of write `index`, or undefined when it was not made or not kept. */
  readonly get: (index: number) => { dueNs: bigint; atNs: bigint; afterNs: bigint } | undefined
}

/** An endless stream must not fill the memory: later writes are counted and not kept. */
const KEPT_WRITES = 1_000_000

/** Stamps for about `expected` writes. */
export function createStamps(expected: number): Stamps {
  let values = new BigInt64Array(3 * Math.max(1, Math.min(expected, KEPT_WRITES)))
  let count = 0
  return {
    count: () => count,
    add: (dueNs, atNs, afterNs) => {
      const at = 3 * count
      count += 1
      if (count > KEPT_WRITES) return
      if (at === values.length) values = grown(values)
      values[at] = dueNs
      values[at + 1] = atNs
      values[at + 2] = afterNs
    },
    get: (index) => {
      if (index >= Math.min(count, KEPT_WRITES)) return undefined
      const [dueNs = 0n, atNs = 0n, afterNs = 0n] = values.subarray(3 * index, 3 * index + 3)
      return { dueNs, atNs, afterNs }
    },
  }
}

function grown(values: BigInt64Array<ArrayBuffer>): BigInt64Array<ArrayBuffer> {
  const larger = new BigInt64Array(2 * values.length)
  larger.set(values)
  return larger
}
