/** The flaws that other benchmarks have, by their numbers in docs/measurement.md: each is a fact here. */
import { setTimeout as later } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { analyse } from '../src/analyse.ts'
import type { ResultDocument } from '../src/result.ts'
import { isErrorDocument } from '../src/wire-document.ts'
import { monotonicNs } from '../src/transport/clock.ts'
import { recordTape } from './support/record.ts'
import type { Tape } from '../src/transport/tape.ts'
import { chatDelta, chatUsage, sse } from './support/chunks.ts'
import { makeTape, saved } from './support/plans.ts'
import { httpChunk, LAST_CHUNK, startTcpServer, STREAM_HEAD } from './support/tcp-server.ts'

function resultOf(reads: Parameters<typeof makeTape>[0], changes: Partial<Tape> = {}): ResultDocument {
  const document = analyse(saved(makeTape(reads, changes)))
  if (isErrorDocument(document)) throw new Error(`An error: ${document.message}`)
  return document
}

const words = (count: number, atMs: (index: number) => number) =>
  Array.from({ length: count }, (_, index) => [atMs(index), chatDelta({ content: ' happy' })] as const)

test('F1: role chunks, empty deltas and keep-alives are not the first token', () => {
  const result = resultOf([
    [10, ': waiting\n\n'],
    [20, chatDelta({ role: 'assistant', content: '' })],
    [30, chatDelta({ content: null })],
    [100, chatDelta({ content: 'Once' })],
    [110, chatDelta({}, 'stop')],
  ])
  expect(result.time_to_first_token).toBe(0.1)
  expect(result.time_to_first_byte).toBe(0.01)
})

test('F1: message_start and ping are not the first token', () => {
  const reads = [
    [
      10,
      sse({ type: 'message_start', message: { id: 'msg_1', usage: { input_tokens: 3, output_tokens: 1 } } }),
    ],
    [20, sse({ type: 'ping' })],
    [30, sse({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } })],
    [90, sse({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Once' } })],
    [95, sse({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 2 } })],
  ] as const
  const document = analyse(
    saved(makeTape(reads), { provider: 'anthropic', requestMode: 'anthropic_messages_stream' }),
  )
  expect(document).toMatchObject({ time_to_first_token: 0.09, output_tokens: 2, outcome: 'completed' })
})

test('F2: the end of thinking is not labelled as the first token of the run', () => {
  const result = resultOf([
    [50, chatDelta({ reasoning: 'hm' })],
    [400, chatDelta({ content: 'Once' })],
    [410, chatDelta({}, 'stop')],
  ])
  expect([result.time_to_first_reasoning, result.time_to_first_token]).toEqual([0.05, 0.4])
})

test('F2: reasoning that nobody can see has no first moment', () => {
  const result = resultOf([
    [400, chatDelta({ content: 'Once' })],
    [
      410,
      chatDelta({}, 'stop') +
        chatUsage({ completion_tokens: 65, completion_tokens_details: { reasoning_tokens: 64 } }),
    ],
  ])
  expect(result).toMatchObject({
    time_to_first_reasoning: null,
    reasoning_tokens: 64,
    visible_output_tokens: 1,
  })
})

test('F3: a chunk of many tokens counts as many tokens', () => {
  const result = resultOf([
    [100, chatDelta({ content: 'Once upon a time there was a happy world' })],
    [200, chatDelta({ content: ' and it was very happy indeed' }, 'stop')],
  ])
  expect(result.output_tokens).toBe(15)
  expect(result.visible_stream_chunks).toBe(2)
})

test('F4: the decode rate leaves out all tokens of the first chunk, not one', () => {
  const first = chatDelta({ content: ' happy'.repeat(10) })
  const result = resultOf([
    [100, first],
    ...words(20, (index) => 110 + index * 10),
    [
      310,
      chatDelta({}, 'stop') +
        chatUsage({ completion_tokens: 30, completion_tokens_details: { reasoning_tokens: 0 } }),
    ],
  ])
  expect(result.visible_output_tokens).toBe(30)
  expect(result.decode_tokens_per_second).toBeCloseTo(20 / 0.2, 9)
})

test('F5: the wait for the first token is not one of the gaps between tokens', () => {
  const result = resultOf([...words(3, (index) => 900 + index * 10), [930, chatDelta({}, 'stop')]])
  expect(result.times_between_tokens).toEqual([0.01, 0.01])
})

test('F5: gaps sum to last minus first exactly, in integers', () => {
  const at = [100.000001, 100.3, 107.7, 107.7, 250.999999]
  const result = resultOf([
    ...at.map((ms) => [ms, chatDelta({ content: ' happy' })] as const),
    [260, chatDelta({}, 'stop')],
  ])
  const nanoseconds = (seconds: number): bigint => BigInt(Math.round(seconds * 1e9))
  const sum = (result.times_between_tokens ?? []).reduce((total, gap) => total + nanoseconds(gap), 0n)
  expect(sum).toBe(nanoseconds(result.generate_time) - nanoseconds(result.time_to_first_token ?? 0))
})

test('F7: a wall clock that steps back an hour changes no interval', () => {
  const reads = [...words(3, (index) => 100 + index * 10), [130, chatDelta({}, 'stop')] as const]
  const { run_ts: _, gen_ts: __, ...before } = resultOf(reads)
  const { run_ts: ___, gen_ts: ____, ...after } = resultOf(reads, { wallMs: Date.UTC(2026, 0, 2, 2, 4, 5) })
  expect(after).toEqual(before)
})

test('F8: a stamp is the arrival of the read, however long its decoding takes', () => {
  const huge = chatDelta({ content: 'a'.repeat(2_000_000) })
  const result = resultOf([
    [100, huge],
    [101, chatDelta({ content: ' happy' }, 'stop')],
  ])
  expect(result.times_between_tokens).toEqual([0.001])
})

test('F10: the clock of a run starts when the connection is ready', async () => {
  const server = await startTcpServer((socket) => socket.write(STREAM_HEAD + LAST_CHUNK))
  const exchange = { method: 'POST', url: server.url, headers: {}, body: '' } as const
  const deadlines = { connectMs: 5000, firstTokenMs: 5000, idleMs: 5000, totalMs: 5000 }
  const tape = await recordTape(exchange, { deadlines, hasContent: () => true, arrivalNs: monotonicNs })
  await server.close()
  const openingNs = tape.connection.tcpNs ?? 0n
  expect(openingNs).toBeGreaterThan(0n)
  expect(tape.startNs ?? 0n).toBeGreaterThanOrEqual(tape.wallAtNs + openingNs)
})

test('F12: a refused request is one request and one document', async () => {
  const server = await startTcpServer((socket) =>
    socket.end('HTTP/1.1 503 Busy\r\ncontent-length: 0\r\nretry-after: 0\r\n\r\n'),
  )
  const exchange = { method: 'POST', url: server.url, headers: {}, body: '' } as const
  const deadlines = { connectMs: 5000, firstTokenMs: 5000, idleMs: 5000, totalMs: 5000 }
  const tape = await recordTape(exchange, { deadlines, hasContent: () => true, arrivalNs: monotonicNs })
  await later(20)
  expect(server.sockets).toHaveLength(1)
  await server.close()
  expect(analyse(saved(tape))).toMatchObject({
    error_kind: 'transient_provider',
    phase: 'headers',
    http_status: 503,
  })
})

test('F13: a failed run is an error document without a single number of a result', () => {
  const document = analyse(
    saved(
      makeTape([[10, '{"error":{"message":"no","code":"x"}}']], { response: { status: 500, headers: {} } }),
    ),
  )
  expect(isErrorDocument(document)).toBe(true)
  for (const field of ['tokens_per_second', 'time_to_first_token', 'output_tokens', 'generate_time']) {
    expect(document).not.toHaveProperty(field)
  }
})

test('F16: a server that writes 8 MB at once is never held back by the client', async () => {
  const piece = httpChunk(`data: ${'x'.repeat(65_536)}\n\n`)
  let held = 0
  const server = await startTcpServer((socket) => {
    socket.on('drain', () => (held += 1))
    socket.write(STREAM_HEAD + piece.repeat(128) + LAST_CHUNK)
  })
  const exchange = { method: 'POST', url: server.url, headers: {}, body: '' } as const
  const deadlines = { connectMs: 5000, firstTokenMs: 5000, idleMs: 5000, totalMs: 5000 }
  const tape = await recordTape(exchange, { deadlines, hasContent: () => true, arrivalNs: monotonicNs })
  await server.close()
  expect(tape.failure).toBeNull()
  expect(tape.reads.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBe(128 * 65_544)
  expect(held).toBeLessThanOrEqual(1)
})

test('F17: the usage chunk and [DONE] do not extend the time of generation', () => {
  const result = resultOf([
    ...words(3, (index) => 100 + index * 10),
    [121, chatDelta({}, 'stop')],
    [900, chatUsage({ completion_tokens: 3 }) + sse('[DONE]')],
  ])
  expect(result.generate_time).toBe(0.12)
  expect(result.total_time).toBe(0.901)
  expect(result.tokens_per_second).toBeCloseTo(3 / 0.12, 9)
})

test('F18: an answer that is no stream is an error, not a first token equal to the total', () => {
  const body = JSON.stringify({ id: 'x', choices: [{ message: { content: 'Once' }, finish_reason: 'stop' }] })
  const tape = makeTape([[500, body]], {
    response: { status: 200, headers: { 'content-type': 'application/json' } },
  })
  expect(analyse(saved(tape))).toMatchObject({
    error_kind: 'hard_capability',
    exc_type: 'NotAStream',
    phase: 'first_token',
  })
})

test('F19: a stream that arrives in one burst is buffered and has no decode rate', () => {
  const burst = Array.from({ length: 40 }, () => chatDelta({ content: ' happy' })).join('')
  const result = resultOf([[900, burst + chatDelta({}, 'stop')]])
  expect(result).toMatchObject({ stream_shape: 'buffered', decode_tokens_per_second: null })
  expect(new Set(result.times_between_tokens)).toEqual(new Set([0]))
})

test('F19: a few large chunks are coarse, forty small ones are streamed', () => {
  const large = chatDelta({ content: ' happy'.repeat(20) })
  expect(
    resultOf([
      [100, large],
      [300, large],
      [310, chatDelta({}, 'stop')],
    ]).stream_shape,
  ).toBe('coarse')
  expect(
    resultOf([...words(40, (index) => 100 + index * 10), [600, chatDelta({}, 'stop')]]).stream_shape,
  ).toBe('streamed')
})

test('F20: an end without a finish marker is no success', () => {
  const reads = words(5, (index) => 100 + index * 10)
  expect(resultOf(reads)).toMatchObject({ outcome: 'truncated', finish_reason: null })
  expect(resultOf([...reads, [160, sse('[DONE]')]])).toMatchObject({ outcome: 'truncated' })
})

test('F21: a stall ends the run by name', async () => {
  const server = await startTcpServer((socket) =>
    socket.write(STREAM_HEAD + httpChunk(chatDelta({ content: 'Once' }))),
  )
  const exchange = { method: 'POST', url: server.url, headers: {}, body: '' } as const
  const deadlines = { connectMs: 5000, firstTokenMs: 5000, idleMs: 50, totalMs: 5000 }
  const tape = await recordTape(exchange, { deadlines, hasContent: () => true, arrivalNs: monotonicNs })
  await server.close()
  expect(analyse(saved(tape))).toMatchObject({
    error_kind: 'timeout',
    exc_type: 'IdleTimeout',
    phase: 'stream',
    message: 'idle deadline of 0.05 s passed (groq llama-3.1-8b-instant)',
  })
})

test('F22: the intended start of a run is kept beside the actual one', () => {
  const scheduledAt = '2026-01-02T03:00:00.000Z'
  const tape = makeTape([[100, chatDelta({ content: 'Once' }, 'stop')]])
  expect(analyse(saved(tape, { scheduledAt }))).toMatchObject({
    scheduled_at: scheduledAt,
    run_ts: '2026-01-02T03:04:05.020Z',
  })
})

test('F25: each attempt says which one of its group it is', () => {
  const tape = makeTape([[100, chatDelta({ content: 'Once' }, 'stop')]])
  const plan = { attempt: 2, attemptGroup: 'group-0001', resultId: 'result-0002' }
  expect(analyse(saved(tape, plan))).toMatchObject({
    attempt: 2,
    attempt_group: 'group-0001',
    result_id: 'result-0002',
  })
})
