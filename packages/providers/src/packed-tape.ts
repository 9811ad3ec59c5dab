/** A tape as it crosses to the analysis thread: three arrays instead of thousands of buffers, which clone far faster. */
import type { SavedTape } from './tape-file.ts'
import type { Tape } from './transport/tape.ts'

export type PackedTape = Omit<SavedTape, 'tape'> & {
  readonly tape: Omit<Tape, 'reads'> & {
    readonly bytes: Uint8Array
    readonly lengths: Uint32Array
    readonly atNs: BigUint64Array
  }
}

/** Packs the reads of a tape. */
export function packTape({ tape: { reads, ...tape }, ...saved }: SavedTape): PackedTape {
  const bytes = Buffer.concat(reads.map((read) => read.bytes))
  const lengths = Uint32Array.from(reads, (read) => read.bytes.length)
  const atNs = BigUint64Array.from(reads.map((read) => read.atNs))
  return { ...saved, tape: { ...tape, bytes, lengths, atNs } }
}

/** The tape again, its reads being views of the packed bytes. */
export function unpackTape({ tape: { bytes, lengths, atNs, ...tape }, ...saved }: PackedTape): SavedTape {
  let offset = 0
  const reads = Array.from(lengths, (length, index) => {
    const start = offset
    offset += length
    return { atNs: atNs[index] ?? 0n, bytes: bytes.subarray(start, offset) }
  })
  return { ...saved, tape: { ...tape, reads } }
}
