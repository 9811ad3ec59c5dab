/** A recorded run as it crosses to the analysis thread: three arrays, handed over, instead of thousands of buffers. */
import type { SavedTape } from './tape-file.ts'
import { unpackReads } from './transport/packed-reads.ts'
import type { PackedReads } from './transport/packed-reads.ts'
import type { StoredTape, Tape } from './transport/tape.ts'

/** What a saved tape is while its reads lie where they were stored. */
export type RecordedRun = Omit<SavedTape, 'tape'> & { readonly tape: StoredTape }

export type PackedTape = Omit<SavedTape, 'tape'> & {
  readonly tape: Omit<Tape, 'reads'> & { readonly packed: PackedReads }
}

/** Packs the run. */
export function packTape({ tape: { packed, head: _, ...tape }, ...run }: RecordedRun): PackedTape {
  return { ...run, tape: { ...tape, packed: packed() } }
}

/** What is handed over and then no longer this thread's. */
export function transferOf({ tape: { packed } }: PackedTape): ArrayBuffer[] {
  return [packed.bytes.buffer, packed.lengths.buffer, packed.atNs.buffer]
}

/** The tape with its reads. */
export function unpackTape({ tape: { packed, ...tape }, ...run }: PackedTape): SavedTape {
  return { ...run, tape: { ...tape, reads: unpackReads(packed) } }
}

/** The tape, whose reads become objects when somebody looks at them: few callers do. */
export function openTape({ tape: { packed, head: _, ...tape }, ...run }: RecordedRun): SavedTape {
  let reads: Tape['reads'] | undefined
  return {
    ...run,
    tape: {
      ...tape,
      get reads() {
        return (reads ??= unpackReads(packed()))
      },
    },
  }
}
