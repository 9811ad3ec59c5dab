/**
 * Unpacks an answer that came compressed although `identity` was asked for. It happens when the stream is over, so that
 * no stamp is touched: what was read until a moment is unpacked as far as it goes, and stamped with that moment.
 */
import { brotliDecompressSync, constants, inflateSync, unzipSync, zstdDecompressSync } from 'node:zlib'
import type { PackedReads } from './packed-reads.ts'
import { createReadStore } from './read-store.ts'
import { TAPE_LIMIT_BYTES } from './tape.ts'
import type { StoredTape, TapeFailure } from './tape.ts'

/** Each read unpacks everything before it anew: longer answers would hold up the process, and are refused. */
const MOST_WORK_BYTES = 64 * 1024 * 1024
const GZIP_MAGIC = [0x1f, 0x8b]
const ZSTD_MAGIC = [0x28, 0xb5, 0x2f, 0xfd]

type Unpack = (bytes: Uint8Array) => Uint8Array

const flush = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: TAPE_LIMIT_BYTES }
const UNPACKERS: Readonly<Record<string, Unpack>> = {
  gzip: (bytes) => unzipSync(bytes, flush),
  'x-gzip': (bytes) => unzipSync(bytes, flush),
  deflate: (bytes) => inflateSync(bytes, flush),
  br: (bytes) =>
    brotliDecompressSync(bytes, {
      finishFlush: constants.BROTLI_OPERATION_FLUSH,
      maxOutputLength: TAPE_LIMIT_BYTES,
    }),
  zstd: (bytes) =>
    zstdDecompressSync(bytes, { finishFlush: constants.ZSTD_e_flush, maxOutputLength: TAPE_LIMIT_BYTES }),
}

/** The tape with its reads unpacked, or with a failure that names the encoding. A tape that is not compressed is kept. */
export function unpackContent(tape: StoredTape): StoredTape {
  const encoding = encodingOf(tape)
  if (encoding === null || tape.response === null) return tape
  const { 'content-encoding': _dropped, ...headers } = tape.response.headers
  const named = { ...tape, contentEncoding: encoding.slice(0, 64), response: { ...tape.response, headers } }
  const unpack = UNPACKERS[encoding]
  const packed = tape.packed()
  if (packed.lengths.length === 0) return named
  if (unpack === undefined) return failed(named, encoding, 'this program cannot unpack it')
  try {
    return { ...named, packed: unpackReads(packed, unpack) }
  } catch (error) {
    return failed(named, encoding, error instanceof Error ? error.message : String(error))
  }
}

/** What the header says, or the first bytes where a server compressed and said nothing. */
function encodingOf({ response, head }: StoredTape): string | null {
  const named = (response?.headers['content-encoding'] ?? '').trim().toLowerCase()
  if (named !== '' && named !== 'identity' && named !== 'none') return named
  const bytes = head()
  const begins = (magic: readonly number[]): boolean => magic.every((byte, index) => bytes[index] === byte)
  if (begins(GZIP_MAGIC)) return 'gzip'
  return begins(ZSTD_MAGIC) ? 'zstd' : null
}

function unpackReads({ bytes, lengths, atNs }: PackedReads, unpack: Unpack): () => PackedReads {
  const store = createReadStore()
  let work = 0
  let end = 0
  let done = 0
  for (const [index, length] of lengths.entries()) {
    end += length
    work += end
    if (work > MOST_WORK_BYTES) throw new Error('it is too long to be unpacked read by read')
    const text = unpack(bytes.subarray(0, end))
    if (text.length > done) store.push(atNs[index] ?? 0n, text.subarray(done))
    done = text.length
  }
  return store.packed
}

function failed(tape: StoredTape, encoding: string, why: string): StoredTape {
  const failure: TapeFailure = {
    stage: 'body',
    cause: 'network',
    deadline: null,
    name: 'ContentEncodingError',
    message: `The answer is compressed with ${encoding}, which was not asked for: ${why}`,
  }
  return { ...tape, failure: tape.failure ?? failure, packed: createReadStore().packed }
}
