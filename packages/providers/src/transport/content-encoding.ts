/**
 * Unpacks an answer that came compressed although `identity` was asked for. It happens when the stream is over, so that
 * no stamp is touched: what was read until a moment is unpacked as far as it goes, and stamped with that moment.
 */
import { createReadStore } from './read-store.ts'
import type { StoredTape, TapeFailure } from './tape.ts'
import { findUnpacker, unpackEach } from './unpack.ts'

const GZIP_MAGIC = [0x1f, 0x8b]
const ZSTD_MAGIC = [0x28, 0xb5, 0x2f, 0xfd]
const HEAD_BYTES = 64
const LONGEST_NAME = 64

/** The tape with its reads unpacked, or with a failure that names the encoding. A tape that is not compressed is kept. */
export async function unpackContent(tape: StoredTape): Promise<StoredTape> {
  const encodings = encodingsOf(tape)
  if (encodings.length === 0 || tape.response === null) return tape
  const { 'content-encoding': _dropped, ...headers } = tape.response.headers
  const plain = { ...tape, response: { ...tape.response, headers } }
  let packed = tape.packed()
  // The last encoding is the outermost. A header may also name what a proxy has already unpacked, or no encoding at all.
  const unpacked: string[] = []
  try {
    for (const encoding of encodings.toReversed()) {
      if (isText(packed.bytes.subarray(0, HEAD_BYTES))) break
      const unpacker = findUnpacker(encoding)
      if (unpacker === undefined) throw new Error('this program cannot unpack it')
      packed = await unpackEach(packed, unpacker)
      unpacked.unshift(encoding)
    }
  } catch (error) {
    return failed(plain, encodings.join(', '), error instanceof Error ? error.message : String(error))
  }
  if (unpacked.length === 0) return tape
  return { ...plain, contentEncoding: unpacked.join(', ').slice(0, LONGEST_NAME), packed: () => packed }
}

/** Whether these are the first bytes of something compressed. */
export function isPacked(head: Uint8Array): boolean {
  return [GZIP_MAGIC, ZSTD_MAGIC].some((magic) => begins(head, magic))
}

function begins(head: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, index) => head[index] === byte)
}

/** What the header says, in its order, or the first bytes where a server compressed and said nothing. */
function encodingsOf({ response, head }: StoredTape): string[] {
  const named = (response?.headers['content-encoding'] ?? '').toLowerCase().split(',')
  const encodings = named
    .map((name) => name.trim())
    .filter((name) => !['', 'identity', 'none'].includes(name))
  if (encodings.length > 0) return encodings
  if (begins(head(), GZIP_MAGIC)) return ['gzip']
  return begins(head(), ZSTD_MAGIC) ? ['zstd'] : []
}

/** Whether the bytes begin a text, which no compressed bytes do: no control characters but tabs and line ends. */
function isText(head: Uint8Array): boolean {
  if (head.some((byte) => byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d)) return false
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true })
    return true
  } catch {
    return false
  }
}

function failed(tape: StoredTape, encoding: string, why: string): StoredTape {
  const name = encoding.slice(0, LONGEST_NAME)
  const failure: TapeFailure = {
    stage: 'body',
    cause: 'network',
    deadline: null,
    name: 'ContentEncodingError',
    message: `The answer is compressed with ${name}, which was not asked for: ${why}`,
  }
  return {
    ...tape,
    contentEncoding: name,
    failure: tape.failure ?? failure,
    packed: createReadStore().packed,
  }
}
