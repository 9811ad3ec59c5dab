/** Where a tape's reads lie while a stream runs: copied into slabs, so that thousands of reads are not as many buffers. */
import type { TapeRead } from './tape.ts'

const SLAB_BYTES = 16 * 1024

export type ReadStore = {
  /** Takes a read: one copy, no allocation but that of a further slab now and then. */
  readonly push: (atNs: bigint, bytes: Uint8Array) => void
  readonly bytes: () => number
  readonly count: () => number
  readonly newestNs: () => bigint | null
  /** All reads so far, as views of the slabs. */
  readonly reads: () => TapeRead[]
}

export function createReadStore(): ReadStore {
  const stamps: bigint[] = []
  const lengths: number[] = []
  const slabs: Buffer[] = [Buffer.allocUnsafeSlow(SLAB_BYTES)]
  let slab = slabs[0] as Buffer
  let used = 0
  let total = 0
  return {
    push: (atNs, bytes) => {
      if (used + bytes.length > slab.length) {
        slab = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, bytes.length))
        slabs.push(slab)
        used = 0
      }
      slab.set(bytes, used)
      used += bytes.length
      total += bytes.length
      stamps.push(atNs)
      lengths.push(bytes.length)
    },
    bytes: () => total,
    count: () => stamps.length,
    newestNs: () => stamps.at(-1) ?? null,
    reads: () => viewsOf(slabs, lengths, stamps),
  }
}

/** Walks the slabs as `push` filled them: a read that did not fit began the next one. */
function viewsOf(
  slabs: readonly Buffer[],
  lengths: readonly number[],
  stamps: readonly bigint[],
): TapeRead[] {
  let index = 0
  let offset = 0
  return lengths.map((length, at) => {
    if (offset + length > (slabs[index]?.length ?? 0)) {
      index += 1
      offset = 0
    }
    const bytes = (slabs[index] as Buffer).subarray(offset, offset + length)
    offset += length
    return { atNs: stamps[at] as bigint, bytes }
  })
}
