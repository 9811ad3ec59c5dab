/** Tapes with their reads, and tapes as a transport leaves them. */
import { unpackReads } from '../../src/transport/packed-reads.ts'
import { createReadStore } from '../../src/transport/read-store.ts'
import { recordTape as recordStored } from '../../src/transport/record.ts'
import type { StoredTape, Tape } from '../../src/transport/tape.ts'

/** Records an exchange as a tape with its reads. */
export async function recordTape(...exchange: Parameters<typeof recordStored>): Promise<Tape> {
  const { packed, head: _, ...tape } = await recordStored(...exchange)
  return { ...tape, reads: unpackReads(packed()) }
}

/** The tape as it would lie in a store. */
export function stored({ reads, ...tape }: Tape): StoredTape {
  const store = createReadStore()
  for (const { atNs, bytes } of reads) store.push(atNs, bytes)
  return { ...tape, packed: store.packed, head: store.head }
}
