import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
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

function documentOf(reads: Parameters<typeof makeTape>[0], changes: Partial<Tape>) {
  const { packed, head: _, ...tape } = unpackContent(stored(makeTape(reads, changes)))
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
  ['br', 'br', brotliCompressSync(BODY)],
  ['zstd', 'zstd', zstdCompressSync(BODY)],
  ['gzip', null, gzipSync(BODY)],
  ['zstd', null, zstdCompressSync(BODY)],
])('a stream that came as %s (named %s) is measured, and the row says so', (encoding, named, bytes) => {
  expect(documentOf([[40, bytes]], headed(named))).toMatchObject({
    outcome: 'completed',
    visible_characters: 9,
    time_to_first_token: 0.04,
    content_encoding: encoding,
  })
})

test('what a server flushed has the stamp of the read that brought it', async () => {
  const blocks = await flushed()
  const reads = blocks.map((bytes, index) => [(index + 1) * 100, bytes] as const)
  expect(documentOf(reads, headed('gzip'))).toMatchObject({
    time_to_first_token: 0.1,
    times_between_tokens: [0.1],
    total_time: 0.301,
  })
})

test('a stream that is not compressed is as it was', () => {
  const tape = stored(makeTape([[10, BODY]], headed('identity')))
  expect(unpackContent(tape)).toBe(tape)
  expect(documentOf([[10, BODY]], headed(null))).toMatchObject({ content_encoding: null })
})

test('a compressed stream that was cut is a stream that was cut', async () => {
  const [first] = await flushed()
  expect(documentOf([[10, first ?? '']], headed('gzip'))).toMatchObject({
    outcome: 'truncated',
    visible_characters: 5,
  })
})

test('a compressed error body is read', () => {
  const body = gzipSync(
    '{"error":{"message":"Your credit balance is too low","type":"invalid_request_error"}}',
  )
  expect(documentOf([[10, body]], headed('gzip', 400))).toMatchObject({
    error_kind: 'billing',
    message: 'Your credit balance is too low',
    content_encoding: 'gzip',
  })
})

test.each([
  ['damaged', 'gzip', Buffer.concat([gzipSync(BODY).subarray(0, 12), Buffer.alloc(40, 7)])],
  ['of another encoding', 'compress', Buffer.from([0x1f, 0x9d, 1, 2])],
  ['encoded twice', 'gzip, br', gzipSync(brotliCompressSync(BODY))],
  ['a bomb', 'gzip', gzipSync(Buffer.alloc(17 * 1024 * 1024))],
])('what is %s is a failure of the wire that names the encoding', (_title, encoding, bytes) => {
  const document = documentOf([[10, bytes]], headed(encoding))
  expect(document).toMatchObject({ error_kind: 'network', exc_type: 'ContentEncodingError' })
  const words = isErrorDocument(document) ? document.message : ''
  expect(words).toContain(encoding)
  // oxlint-disable-next-line no-control-regex -- what must not be there
  expect(words).not.toMatch(/[\u0000-\u001f\ufffd]/)
})

test('a compressed answer of very many reads is refused before it holds up the process', () => {
  const bytes = gzipSync(Buffer.from(Array.from({ length: 60_000 }, (_, index) => (index * 7919) % 251)), {
    level: 0,
  })
  const reads = Array.from(bytes, (byte) => [1, Uint8Array.of(byte)] as const).slice(0, 20_000)
  expect(documentOf(reads, headed('gzip'))).toMatchObject({ exc_type: 'ContentEncodingError' })
})
