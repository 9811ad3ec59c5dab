/** Unpacks compressed reads one after the other, each as far as it goes. */
import type { Transform } from 'node:stream'
import {
  constants,
  createBrotliDecompress,
  createInflate,
  createInflateRaw,
  createUnzip,
  createZstdDecompress,
} from 'node:zlib'
import type { PackedReads } from './packed-reads.ts'
import { createReadStore } from './read-store.ts'
import { TAPE_LIMIT_BYTES } from './tape.ts'

/** Each read takes a way to a thread and back. */
const MOST_READS = 100_000

type Unpacker = (head: Uint8Array) => Transform

const flush = { flush: constants.Z_SYNC_FLUSH, finishFlush: constants.Z_SYNC_FLUSH }
const UNPACKERS: Readonly<Record<string, Unpacker>> = {
  gzip: () => createUnzip(flush),
  'x-gzip': () => createUnzip(flush),
  // The standard means deflate with the head of zlib; many servers leave it out.
  deflate: (head) => (hasZlibHead(head) ? createInflate(flush) : createInflateRaw(flush)),
  br: () => createBrotliDecompress({ flush: constants.BROTLI_OPERATION_FLUSH }),
  zstd: () => createZstdDecompress(),
}

/** How that encoding is unpacked, or undefined where nobody here can. */
export function findUnpacker(encoding: string): Unpacker | undefined {
  return Object.hasOwn(UNPACKERS, encoding) ? UNPACKERS[encoding] : undefined
}

function hasZlibHead([first = 0, second = 0]: Uint8Array): boolean {
  return (first & 0x0f) === 8 && (first * 256 + second) % 31 === 0
}

/** The reads unpacked, each with the stamp of the read that brought it. Rejects where they cannot be, or are too long. */
export async function unpackEach(packed: PackedReads, unpacker: Unpacker): Promise<PackedReads> {
  const { bytes, lengths, atNs } = packed
  if (lengths.length > MOST_READS) throw new Error(`it came in over ${MOST_READS} reads`)
  const stream = unpacker(bytes.subarray(0, 2))
  const store = createReadStore()
  let stampNs = 0n
  let failure: Error | null = null
  let proceed = (): void => undefined
  stream.on('data', (text: Buffer) => {
    if (store.bytes() + text.length <= TAPE_LIMIT_BYTES) store.push(stampNs, text)
    else stream.destroy((failure = new Error(`it is longer than ${TAPE_LIMIT_BYTES} bytes`)))
  })
  stream.on('error', (error) => {
    failure ??= error
    proceed()
  })
  // What lies behind the end of a packed text is not asked for: its write is never answered.
  stream.on('end', () => proceed())
  let offset = 0
  for (const [index, length] of lengths.entries()) {
    stampNs = atNs[index] ?? stampNs
    const read = bytes.subarray(offset, offset + length)
    offset += length
    await new Promise<void>((resolve) => {
      proceed = resolve
      stream.write(read, () => resolve())
    })
    if (failure !== null) throw failure
    if (stream.readableEnded) break
  }
  stream.destroy()
  return store.packed()
}
