import type { Frame } from './frame.ts'

/** Turns the reads of one stream into frames; each frame carries the stamp of the read that completed it. */
export type Framer = {
  readonly push: (bytes: Uint8Array, readAtNs: bigint) => Frame[]
  /** To be called once when the stream is over: what was left, and why it could not be read, if so. */
  readonly finish: () => { readonly frames: Frame[]; readonly fault: string | null }
}
