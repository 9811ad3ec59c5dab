import { once } from 'node:events'
import type { Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { monotonicNs } from '../../src/transport/clock.ts'
import { recordTape } from '../support/record.ts'
import type { RecordOptions } from '../../src/transport/record.ts'
import { TAPE_LIMIT_BYTES } from '../../src/transport/tape.ts'
import { httpChunk, LAST_CHUNK, startTcpServer, STREAM_HEAD } from '../support/tcp-server.ts'
import type { TcpServer } from '../support/tcp-server.ts'

const DEADLINES = { connectMs: 5000, firstTokenMs: 5000, idleMs: 5000, totalMs: 5000 }

let server: TcpServer | undefined
afterEach(async () => server?.close())

async function record(answer: (socket: Socket) => void, options: Partial<RecordOptions> = {}) {
  server = await startTcpServer(answer)
  const exchange = {
    method: 'POST',
    url: `${server.url}/v1/x?y=1`,
    headers: { 'x-a': 'b' },
    body: '{"a":1}',
  } as const
  const tape = await recordTape(exchange, {
    deadlines: DEADLINES,
    hasContent: () => true,
    arrivalNs: monotonicNs,
    ...options,
  })
  return { tape, text: Buffer.concat(tape.reads.map(({ bytes }) => bytes)).toString() }
}

test('a stream is recorded read by read, and identity encoding is asked for', async () => {
  const { tape, text } = await record((socket) => {
    socket.write(STREAM_HEAD + httpChunk('data: 1\n\n'))
    setImmediate(() => socket.write(httpChunk('data: 2\n\n') + LAST_CHUNK))
  })
  expect(tape.failure).toBeNull()
  expect(text).toBe('data: 1\n\ndata: 2\n\n')
  expect(tape.response).toMatchObject({ status: 200, headers: { 'content-type': 'text/event-stream' } })
  expect(server?.received()).toMatch(/^POST \/v1\/x\?y=1 HTTP\/1\.1\r\n/)
  expect(server?.received().toLowerCase()).toContain('accept-encoding: identity')
  expect(tape.firstByteNs).toBeGreaterThan(tape.startNs ?? 0n)
  expect(tape.connection.tcpNs).toBeGreaterThan(0n)
  expect(tape.connection).toMatchObject({ dnsNs: null, tlsNs: null, remoteAddress: '127.0.0.1' })
})

test.each([
  ['HTTP/1.1 102 Processing\r\n\r\n', false],
  ['HTTP/1.1 103 Early Hints\r\nlink: </x>; rel=preload\r\n\r\n', false],
  ['HTTP/1.1 103 Early Hints\r\n\r\n', true],
])('the first byte is that of the response, not of %j before it', async (interim, isGlued) => {
  const { tape } = await record((socket) => {
    const rest = STREAM_HEAD + httpChunk('data: 1\n\n') + LAST_CHUNK
    socket.write(isGlued ? interim + rest : interim)
    if (!isGlued) setTimeout(() => socket.write(rest), 60)
  })
  expect(tape).toMatchObject({ failure: null, response: { status: 200 } })
  expect(tape.firstByteNs).toBe(tape.reads[0]?.atNs)
})

test('a connection that breaks after an interim response has no response', async () => {
  const { tape } = await record((socket) => socket.end('HTTP/1.1 103 Early Hints\r\n\r\n'))
  expect(tape).toMatchObject({
    response: null,
    firstByteNs: null,
    failure: { stage: 'headers', cause: 'network' },
  })
})

test('several HTTP chunks in one read share one stamp', async () => {
  const { tape } = await record((socket) =>
    socket.write(
      STREAM_HEAD +
        httpChunk('data: 1\n\n') +
        httpChunk('data: 2\n\n') +
        httpChunk('data: 3\n\n') +
        LAST_CHUNK,
    ),
  )
  expect(tape.reads).toHaveLength(3)
  expect(new Set(tape.reads.map(({ atNs }) => atNs)).size).toBe(1)
  expect(tape.endNs).toBe(tape.reads[0]?.atNs)
})

test('a body without a length ends with the connection', async () => {
  const { tape, text } = await record((socket) => {
    socket.write('HTTP/1.1 200 OK\r\nconnection: close\r\n\r\ndata: 1\n\n')
    setImmediate(() => socket.end('data: 2\n\n'))
  })
  expect(tape.failure).toBeNull()
  expect(text).toBe('data: 1\n\ndata: 2\n\n')
  expect(tape.endNs).toBeGreaterThanOrEqual(tape.reads.at(-1)?.atNs ?? 0n)
})

test('the socket is gone when the run is over', async () => {
  const { tape } = await record((socket) => socket.write(STREAM_HEAD + LAST_CHUNK))
  expect(tape.failure).toBeNull()
  const [socket] = server?.sockets ?? []
  if (socket?.closed === false) await once(socket, 'close')
  expect(socket?.closed).toBe(true)
})

test('a server that never answers is cut at the first-token deadline, in the headers', async () => {
  const { tape } = await record(() => undefined, { deadlines: { ...DEADLINES, firstTokenMs: 60 } })
  expect(tape.failure).toMatchObject({
    stage: 'headers',
    cause: 'deadline',
    deadline: 'first_token',
    name: 'FirstTokenTimeout',
  })
  expect(tape.failure?.message).toBe('first_token deadline of 0.06 s passed')
})

test('a server that only sends keep-alives is cut at the first-token deadline too', async () => {
  const { tape } = await record((socket) => socket.write(STREAM_HEAD + httpChunk(': waiting\n\n')), {
    deadlines: { ...DEADLINES, firstTokenMs: 60 },
    hasContent: () => false,
  })
  expect(tape.failure).toMatchObject({ stage: 'body', deadline: 'first_token' })
  expect(tape.reads).toHaveLength(1)
})

test('a stall is cut at the idle deadline and what came before is kept', async () => {
  const { tape, text } = await record((socket) => socket.write(STREAM_HEAD + httpChunk('data: 1\n\n')), {
    deadlines: { ...DEADLINES, idleMs: 60 },
  })
  expect(tape.failure).toMatchObject({ stage: 'body', deadline: 'idle', name: 'IdleTimeout' })
  expect(text).toBe('data: 1\n\n')
})

test('a stream that drips for ever is cut at the total deadline', async () => {
  const { tape } = await record(
    (socket) => {
      socket.write(STREAM_HEAD)
      const timer = setInterval(() => socket.write(httpChunk('.')), 10)
      socket.on('close', () => clearInterval(timer))
    },
    { deadlines: { ...DEADLINES, totalMs: 120 } },
  )
  expect(tape.failure).toMatchObject({ deadline: 'total', name: 'TotalTimeout' })
})

test('a reset in the stream is a network failure with the reads so far', async () => {
  const { tape, text } = await record((socket) => {
    socket.write(STREAM_HEAD + httpChunk('data: 1\n\n'), () => setTimeout(() => socket.resetAndDestroy(), 30))
  })
  expect(tape.failure).toMatchObject({ stage: 'body', cause: 'network', name: 'ECONNRESET' })
  expect(text).toBe('data: 1\n\n')
})

test('a close inside a chunked body is a network failure', async () => {
  const { tape } = await record((socket) => socket.end(STREAM_HEAD + httpChunk('data: 1\n\n')))
  expect(tape.failure).toMatchObject({ stage: 'body', cause: 'network' })
})

test('a close before any answer is a network failure in the headers', async () => {
  const { tape } = await record((socket) => socket.end())
  expect(tape.failure).toMatchObject({ stage: 'headers', cause: 'network' })
})

test('an answer that is no HTTP is a network failure', async () => {
  const { tape } = await record((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'))
  expect(tape.failure).toMatchObject({ stage: 'headers', cause: 'network' })
})

test('a refused connection is a failure of the connect phase', async () => {
  const closed = await startTcpServer(() => undefined)
  await closed.close()
  const exchange = { method: 'POST', url: `${closed.url}/`, headers: {}, body: '' } as const
  const tape = await recordTape(exchange, {
    deadlines: DEADLINES,
    hasContent: () => true,
    arrivalNs: monotonicNs,
  })
  expect(tape.failure).toMatchObject({ stage: 'connect', cause: 'network', name: 'ECONNREFUSED' })
  expect(tape.startNs).toBeNull()
})

test('a name that does not resolve is a failure of the connect phase', async () => {
  const exchange = { method: 'POST', url: 'http://nothing.invalid/', headers: {}, body: '' } as const
  const tape = await recordTape(exchange, {
    deadlines: DEADLINES,
    hasContent: () => true,
    arrivalNs: monotonicNs,
  })
  expect(tape.failure).toMatchObject({ stage: 'connect', cause: 'network' })
  expect(tape.failure?.name).toMatch(/^E/)
})

test('a body over 16 MiB is cut with a named error', async () => {
  const { tape } = await record((socket) => {
    socket.write(STREAM_HEAD)
    const piece = httpChunk('x'.repeat(1024 * 1024))
    for (let index = 0; index < 20; index += 1) socket.write(piece)
  })
  expect(tape.failure).toMatchObject({ cause: 'tape_limit', name: 'TapeLimitReached' })
  const bytes = tape.reads.reduce((sum, read) => sum + read.bytes.length, 0)
  expect(bytes).toBeLessThan(TAPE_LIMIT_BYTES + 1024 * 1024)
})

test('an aborted run says so', async () => {
  const controller = new AbortController()
  const { tape } = await record(
    (socket) =>
      socket.write(STREAM_HEAD + httpChunk('data: 1\n\n'), () =>
        controller.abort(new DOMException('Stopped', 'AbortError')),
      ),
    { signal: controller.signal },
  )
  expect(tape.failure).toMatchObject({ cause: 'aborted', name: 'AbortError', message: 'Stopped' })
})

test('a signal that is aborted already opens nothing', async () => {
  const { tape } = await record(() => undefined, {
    signal: AbortSignal.abort(new DOMException('Stopped', 'AbortError')),
  })
  expect(tape.failure).toMatchObject({ stage: 'connect', cause: 'aborted' })
})

test('cookies are not kept', async () => {
  const { tape } = await record((socket) =>
    socket.write('HTTP/1.1 200 OK\r\nset-cookie: a=b\r\nx-b: 1\r\ncontent-length: 0\r\n\r\n'),
  )
  expect(tape.response?.headers).toEqual({ 'x-b': '1', 'content-length': '0' })
})
