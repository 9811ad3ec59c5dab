/**
 * The reads of a tape as three arrays. As objects, which is what decoding walks over, they take several times their
 * bytes of the heap, and garbage of that kind is what a process with hundreds of streams grew by.
 */
import type { TapeRead } from './tape.ts'

export type PackedReads = {
  /** All bytes, end to end. */
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly lengths: Uint32Array<ArrayBuffer>
  readonly atNs: BigInt64Array<ArrayBuffer>
}

/** The reads as objects, which are views of the packed bytes. */
export function unpackReads({ bytes, lengths, atNs }: PackedReads): TapeRead[] {
  let offset = 0
  return Array.from(lengths, (length, index) => {
    const start = offset
    offset += length
    return { atNs: atNs[index] as bigint, bytes: bytes.subarray(start, offset) }
  })
}
