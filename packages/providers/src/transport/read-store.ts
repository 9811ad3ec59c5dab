/** Where a tape's reads lie while a stream runs: copied into slabs, so that thousands of reads are not as many buffers. */
import type { PackedReads } from './packed-reads.ts'

const SLAB_BYTES = 16 * 1024
/** Moments and lengths lie outside the heap: thousands of integers kept alive there would lengthen each collection. */
const FIRST_READS = 1024

export type ReadStore = {
  /** Takes a read: one copy, no allocation but that of a further slab now and then. */
  readonly push: (atNs: bigint, bytes: Uint8Array) => void
  readonly bytes: () => number
  readonly count: () => number
  readonly newestNs: () => bigint | null
  /** The first bytes of all, at most four. */
  readonly head: () => Uint8Array
  /** A view of the newest bytes, at most that many, as far as they lie together. */
  readonly tail: (most: number) => Uint8Array
  /** A copy of all reads so far. */
  readonly packed: () => PackedReads
}

export function createReadStore(): ReadStore {
  let stamps = new BigInt64Array(FIRST_READS)
  let lengths = new Uint32Array(FIRST_READS)
  let count = 0
  const slabs: Buffer[] = [Buffer.allocUnsafeSlow(SLAB_BYTES)]
  let slab = slabs[0] as Buffer
  let firstSlab = slab
  let used = 0
  let total = 0
  return {
    push: (atNs, bytes) => {
      if (used + bytes.length > slab.length) {
        slab = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, bytes.length))
        slabs.push(slab)
        used = 0
      }
      if (count === 0) firstSlab = slab
      slab.set(bytes, used)
      used += bytes.length
      total += bytes.length
      if (count === stamps.length) {
        stamps = grown(stamps, new BigInt64Array(2 * count))
        lengths = grown(lengths, new Uint32Array(2 * count))
      }
      stamps[count] = atNs
      lengths[count] = bytes.length
      count += 1
    },
    bytes: () => total,
    count: () => count,
    newestNs: () => (count === 0 ? null : (stamps[count - 1] ?? null)),
    head: () => firstSlab.subarray(0, Math.min(4, total)),
    tail: (most) => slab.subarray(Math.max(0, used - most), used),
    packed: () => {
      const sizes = lengths.slice(0, count)
      return { bytes: joined(slabs, sizes, total), lengths: sizes, atNs: stamps.slice(0, count) }
    },
  }
}

function grown<Values extends BigInt64Array | Uint32Array>(values: Values, larger: Values): Values {
  larger.set(values as never)
  return larger
}

/** Walks the slabs as `push` filled them: a read that did not fit began the next one. */
function joined(slabs: readonly Buffer[], lengths: Uint32Array, total: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(total)
  let copied = 0
  let index = 0
  let used = 0
  const copy = (): void => {
    bytes.set((slabs[index] as Buffer).subarray(0, used), copied)
    copied += used
  }
  for (const length of lengths) {
    if (used + length > (slabs[index] as Buffer).length) {
      copy()
      index += 1
      used = 0
    }
    used += length
  }
  copy()
  return bytes
}
