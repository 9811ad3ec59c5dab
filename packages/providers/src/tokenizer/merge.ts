/**
 * Byte-pair merging: of all neighbours that make a token together, those of the lowest rank are joined first, the
 * leftmost of equals, until no two make one. A linked list of parts and a heap of pairs make it n log n, so that a long
 * run is counted exactly and not in minutes.
 */
import { createHeap } from './heap.ts'
import type { RankOf } from './rank-table.ts'

/** The most bytes a piece may have: while it is merged, each takes 40. */
export const LONGEST_PIECE_BYTES = 2 ** 18

/** Longer pieces are rare: what they need is given back at once. */
const KEPT_BYTES = 1024

/** Counts the tokens of the piece `bytes[start, end)`, which must hold a byte. */
export type CountPiece = (bytes: Uint8Array, start: number, end: number) => number

/** A counter over the ranks, in which every single byte must be a token. */
export function createPieceCounter(rankOf: RankOf): CountPiece {
  const kept = createParts(KEPT_BYTES)
  return (bytes, start, end) => {
    if (rankOf(bytes, start, end) >= 0) return 1
    const length = end - start
    return mergePiece(rankOf, bytes, start, end, length <= KEPT_BYTES ? kept : createParts(length))
  }
}

/** Parts are named by the offset at which they begin. */
function createParts(length: number) {
  return {
    next: new Int32Array(length + 1),
    previous: new Int32Array(length + 1),
    /** The pair of the part and its next one, as the heap holds it, or -1 where they make no token. */
    pairs: new Float64Array(length + 1),
    // Every byte begins a pair, and each of fewer joins makes two more.
    heap: createHeap(3 * length),
  }
}

function mergePiece(
  rankOf: RankOf,
  bytes: Uint8Array,
  from: number,
  to: number,
  { next, previous, pairs, heap }: ReturnType<typeof createParts>,
): number {
  const length = to - from
  const pair = (at: number): void => {
    const second = next[at] as number
    const rank = second === length ? -1 : rankOf(bytes, from + at, from + (next[second] as number))
    // The rank leads, so that the lowest number is the lowest rank and the leftmost of its pairs.
    const key = rank < 0 ? -1 : rank * LONGEST_PIECE_BYTES + at
    pairs[at] = key
    if (key >= 0) heap.push(key)
  }
  for (let at = 0; at < length; at += 1) {
    next[at] = at + 1
    previous[at] = at - 1
  }
  for (let at = 0; at < length; at += 1) pair(at)
  let count = length
  for (let key = heap.pop(); key >= 0; key = heap.pop()) {
    const at = key % LONGEST_PIECE_BYTES
    // One of the two has been joined with another part since.
    if (pairs[at] !== key) continue
    const joined = next[at] as number
    const after = next[joined] as number
    pairs[joined] = -1
    next[at] = after
    if (after < length) previous[after] = at
    count -= 1
    pair(at)
    if (at > 0) pair(previous[at] as number)
  }
  return count
}
