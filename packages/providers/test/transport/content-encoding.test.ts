import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { constants, createGzip } from 'node:zlib'
import { expect, test } from 'vitest'
import { analyse } from '../../src/analyse.ts'
import { isErrorDocument } from '../../src/wire-document.ts'
import { unpackContent } from '../../src/transport/content-encoding.ts'
import { unpackReads } from '../../src/transport/packed-reads.ts'
import type { Tape } from '../../src/transport/tape.ts'
import { chatDelta, sse } from '../support/chunks.ts'
import { makeTape, saved } from '../support/plans.ts'
import { stored } from '../support/record.ts'

const PIECES = [chatDelta({ content: 'Once ' }), chatDelta({ content: 'upon' }, 'stop'), sse('[DONE]')]
const BODY = Buffer.from(PIECES.join(''))

function headed(encoding: string | null, status = 200): Partial<Tape> {
  const named = encoding === null ? {} : { 'content-encoding': encoding }
  return { response: { status, headers: { 'content-type': 'text/event-stream', ...named } } }
}

async function documentOf(reads: Parameters<typeof makeTape>[0], changes: Partial<Tape>) {
  const { packed, head: _, ...tape } = await unpackContent(stored(makeTape(reads, changes)))
  return analyse(saved({ ...tape, reads: unpackReads(packed()) }))
}

/** The pieces as a server flushes them, each in a block of its own. */
async function flushed(): Promise<Buffer[]> {
  const gzip = createGzip()
  const blocks: Buffer[] = []
  for (const piece of PIECES) {
    await new Promise<void>((resolve) => gzip.write(piece, () => gzip.flush(constants.Z_SYNC_FLUSH, resolve)))
    blocks.push(gzip.read() as Buffer)
  }
  return blocks
}

test.each([
  ['gzip', 'gzip', gzipSync(BODY)],
  ['x-gzip', 'X-GZIP', gzipSync(BODY)],
  ['deflate', 'deflate', deflateSync(BODY)],
  ['deflate', 'deflate', deflateRawSync(BODY)],
  ['gzip, br', 'gzip, br', brotliCompressSync(gzipSync(BODY))],
  ['gzip', 'gzip, gzip', gzipSync(BODY)],
  ['gzip', 'identity, gzip', gzipSync(BODY)],
  ['br', 'br', brotliCompressSync(BODY)],
  ['zstd', 'zstd', zstdCompressSync(BODY)],
  ['gzip', null, gzipSync(BODY)],
  ['zstd', null, zstdCompressSync(BODY)],
])('a stream that came as %s (named %s) is measured, and the row says so', async (encoding, named, bytes) => {
  expect(await documentOf([[40, bytes]], headed(named))).toMatchObject({
    outcome: 'completed',
    visible_characters: 9,
    time_to_first_token: 0.04,
    content_encoding: encoding,
  })
})

test('what a server flushed has the stamp of the read that brought it', async () => {
  const blocks = await flushed()
  const reads = blocks.map((bytes, index) => [(index + 1) * 100, bytes] as const)
  expect(await documentOf(reads, headed('gzip'))).toMatchObject({
    time_to_first_token: 0.1,
    times_between_tokens: [0.1],
    total_time: 0.301,
  })
})

test('a stream that is not compressed is as it was', async () => {
  const tape = stored(makeTape([[10, BODY]], headed('identity')))
  expect(await unpackContent(tape)).toBe(tape)
  expect(await documentOf([[10, BODY]], headed(null))).toMatchObject({ content_encoding: null })
})

test('a compressed stream that was cut is a stream that was cut', async () => {
  const [first] = await flushed()
  expect(await documentOf([[10, first ?? '']], headed('gzip'))).toMatchObject({
    outcome: 'truncated',
    visible_characters: 5,
  })
})

test('a compressed error body is read', async () => {
  const body = gzipSync(
    '{"error":{"message":"Your credit balance is too low","type":"invalid_request_error"}}',
  )
  expect(await documentOf([[10, body]], headed('gzip', 400))).toMatchObject({
    error_kind: 'billing',
    message: 'Your credit balance is too low',
    content_encoding: 'gzip',
  })
})

test.each([
  ['damaged', 'gzip', Buffer.concat([gzipSync(BODY).subarray(0, 12), Buffer.alloc(40, 7)])],
  ['of another encoding', 'compress', Buffer.from([0x1f, 0x9d, 1, 2])],
  ['encoded in another order', 'gzip, br', gzipSync(brotliCompressSync(BODY))],
  ['a bomb', 'gzip', gzipSync(Buffer.alloc(17 * 1024 * 1024))],
])('what is %s is a failure of the wire that names the encoding', async (_title, encoding, bytes) => {
  const document = await documentOf([[10, bytes]], headed(encoding))
  expect(document).toMatchObject({ error_kind: 'network', exc_type: 'ContentEncodingError' })
  const words = isErrorDocument(document) ? document.message : ''
  expect(words).toContain(encoding)
  // oxlint-disable-next-line no-control-regex -- what must not be there
  expect(words).not.toMatch(/[\u0000-\u001f\ufffd]/)
})

test.each(['gzip', 'deflate', 'br', 'zstd', 'utf-8', 'gzip, gzip', 'aws-chunked'])(
  'an answer that is not compressed, though the header says %s, is measured as it is',
  async (encoding) => {
    expect(await documentOf([[40, BODY]], headed(encoding))).toMatchObject({
      outcome: 'completed',
      visible_characters: 9,
      content_encoding: null,
    })
    expect(await documentOf([[40, '']], headed(encoding))).toMatchObject({ outcome: 'truncated' })
  },
)

test('what lies behind the end of a packed text is passed over', async () => {
  const reads = [gzipSync(BODY), Buffer.from('\0\0'), Buffer.from('x')]
  expect(
    await documentOf(
      reads.map((bytes, index) => [index + 1, bytes] as const),
      headed('gzip'),
    ),
  ).toMatchObject({ outcome: 'completed', visible_characters: 9 })
})

test('a long compressed answer that is flushed often is measured read by read', async () => {
  const gzip = createGzip()
  const reads: (readonly [number, Buffer])[] = []
  for (let index = 0; index < 4000; index += 1) {
    gzip.write(chatDelta({ content: `word${index * 7919} ` }))
    await new Promise<void>((resolve) => gzip.flush(constants.Z_SYNC_FLUSH, resolve))
    reads.push([index + 1, gzip.read() as Buffer])
  }
  expect(await documentOf(reads, headed('gzip'))).toMatchObject({
    visible_stream_chunks: 4000,
    generate_time: 4,
  })
})

test('one of more reads than an answer can have is refused', async () => {
  const reads = Array.from({ length: 100_001 }, () => [1, Uint8Array.of(0x1f)] as const)
  expect(await documentOf(reads, headed('gzip'))).toMatchObject({ exc_type: 'ContentEncodingError' })
})
