import { expect, test } from 'vitest'
import { ask, begin, readUntil, runIdOf } from './support/ask.ts'
import { AT_ONCE, hear, PATHS, simulate } from './support/simulated.ts'
import { sseDocuments, sseEvents } from './support/sse-events.ts'

const CHAT = PATHS['openai-chat']

test('a status comes with the error document of its dialect and the headers of the fault', async () => {
  const fault = { kind: 'status', status: 429, headers: { 'retry-after': '7' } } as const
  const chat = await hear('openai-chat', { fault })
  expect(chat.heard).toMatchObject({ status: 429, headers: { 'retry-after': '7' } })
  expect(JSON.parse(chat.heard.body.toString())).toMatchObject({ error: { type: 'rate_limit_error' } })
  expect(chat.truth).toMatchObject({ status: 429, writes: [], output_tokens: null })
  const bedrock = await hear('bedrock-converse', { fault })
  expect(bedrock.heard.headers['x-amzn-errortype']).toMatch(/^ThrottlingException:/)
})

test('a status can have any body', async () => {
  const { heard } = await hear('openai-chat', {
    fault: { kind: 'status', status: 502, body: '<h1>Bad</h1>' },
  })
  expect(heard.body.toString()).toBe('<h1>Bad</h1>')
})

test('a stall leaves the socket open until the client goes', async () => {
  const { address, control } = await simulate()
  await control.setScenario('m', { ...AT_ONCE, fault: { kind: 'stall', after_deltas: 2 } })
  const response = await begin(address, CHAT, { model: 'm' })
  await readUntil(response, (body) => body.includes(' river'))
  response.destroy()
  const truth = await control.run(runIdOf(response), { waitMs: 5000 })
  expect(truth).toMatchObject({ text_deltas: 2, ended_at_ns: null })
  expect(BigInt(truth.client_closed_at_ns ?? 0)).toBeGreaterThan(BigInt(truth.last_content_at_ns ?? 0))
})

test('a stall with a length delays what follows by it', async () => {
  const { truth } = await hear('openai-chat', {
    deltas: 2,
    fault: { kind: 'stall', after_deltas: 1, for_ms: 40 },
  })
  const [first, second] = truth.writes.filter(({ text_deltas }) => text_deltas > 0)
  expect(BigInt(second?.due_ns ?? 0) - BigInt(first?.due_ns ?? 0)).toBe(40_000_000n)
  expect(truth.finish_reason).toBe('stop')
})

test.each(['fin', 'reset'] as const)('a cut by %s breaks the body off', async (how) => {
  const fault = { kind: 'cut', after_deltas: 2, how } as const
  const { heard, truth } = await hear('openai-chat', { gap_ms: 5, fault })
  expect(heard.whole).toBe(false)
  expect(truth).toMatchObject({ text_deltas: 2, finish_reason: null, client_closed_at_ns: null })
})

test('a cut can fall anywhere inside an event', async () => {
  const { heard, truth } = await hear('openai-chat', { fault: { kind: 'cut', after_bytes: 300 } })
  expect(heard).toMatchObject({ whole: false })
  expect(heard.body).toHaveLength(300)
  expect(truth.writes.flatMap(({ kinds }) => kinds)).toEqual(['role'])
})

test('a close without a finish is a clean end of the body', async () => {
  const fault = { kind: 'close_without_finish', after_deltas: 100 } as const
  const { heard, truth } = await hear('openai-chat', { deltas: 3, fault })
  expect(heard.whole).toBe(true)
  expect(truth).toMatchObject({ text_deltas: 3, finish_reason: null, output_tokens: null })
})

test.each([
  ['openai-chat', 'event', { error: { message: 'Busy', type: 'overloaded', status_code: 503 } }],
  ['openai-chat', 'data', { error: { message: 'Busy', type: 'overloaded', code: 503 } }],
  ['openai-chat', 'chunk', { error: { message: 'Busy', code: 503 }, choices: [{ finish_reason: null }] }],
  ['anthropic-messages', 'event', { type: 'error', error: { type: 'overloaded', message: 'Busy' } }],
  ['openai-responses', 'event', { type: 'response.failed', response: { error: { message: 'Busy' } } }],
  ['gemini', 'event', { error: { code: 503, message: 'Busy', status: 'overloaded' } }],
] as const)('%s tells an error inside a 200 as %s', async (dialect, form, document) => {
  const fault = {
    kind: 'error_event',
    after_deltas: 1,
    form,
    status: 503,
    type: 'overloaded',
    message: 'Busy',
  } as const
  const { heard, truth } = await hear(dialect, { fault })
  expect(heard).toMatchObject({ status: 200, whole: true })
  expect(sseDocuments(heard.body).at(-1)).toMatchObject(document)
  expect(truth).toMatchObject({ text: ' the', finish_reason: null })
  expect(truth.writes.flatMap(({ kinds }) => kinds)).toContain('error')
})

test('an error can be a line outside any data', async () => {
  const fault = { kind: 'error_event', after_deltas: 0, form: 'field', type: 'x', message: 'Gone' } as const
  const { heard } = await hear('openai-chat', { fault })
  expect(heard.body.toString()).toMatch(/\n\nerror: \{"message":"Gone".*\}\n\n$/)
})

test('a silent answer says nothing until the client goes', async () => {
  const { address, control } = await simulate()
  await control.setScenario('m', { fault: { kind: 'never_answers' } })
  const cut = new AbortController()
  const asked = fetch(`${address}${CHAT}`, { method: 'POST', body: '{"model":"m"}', signal: cut.signal })
  // Nothing tells a client that a request was read: the run in the list does.
  while ((await control.runs('m')).length === 0) await new Promise(setImmediate)
  cut.abort()
  await expect(asked).rejects.toThrow('aborted')
  const [run] = await control.runs('m')
  const truth = await control.run(run?.id ?? '', { waitMs: 5000 })
  expect(truth).toMatchObject({ status: null, headers_at_ns: null, writes: [], ended_at_ns: null })
  expect(truth.client_closed_at_ns).not.toBeNull()
})

test('a connection that is not accepted is reset without a byte', async () => {
  const { address, control } = await simulate()
  await control.setScenario('m', { fault: { kind: 'not_accepted' } })
  await expect(begin(address, CHAT, { model: 'm' })).rejects.toThrow(/ECONNRESET|socket hang up/)
})

test('coalesced events share a write, at the moment of the last of them', async () => {
  const fault = { kind: 'coalesce', events_per_write: 4 } as const
  const { heard, truth } = await hear('openai-chat', { deltas: 6, gap_ms: 1, fault })
  expect(truth.writes.map(({ kinds }) => kinds.length)).toEqual([4, 4, 2])
  expect(truth.writes[0]).toMatchObject({ text_deltas: 3 })
  expect(BigInt(truth.writes[0]?.due_ns ?? 0) - BigInt(truth.received_at_ns)).toBe(3_000_000n)
  expect(sseEvents(heard.body)).toHaveLength(10)
})

test('a fragmented event belongs to the write of its last byte', async () => {
  const fault = { kind: 'fragment', bytes_per_write: 64, gap_ms: 0.1 } as const
  const { heard, truth } = await hear('openai-chat', { deltas: 2, fault })
  expect(truth.writes.every(({ bytes }) => bytes <= 64)).toBe(true)
  expect(truth.writes.filter(({ kinds }) => kinds.length > 0)).toHaveLength(6)
  expect(truth.writes[0]?.kinds).toEqual([])
  expect(sseDocuments(heard.body)).toHaveLength(5)
  expect(heard.body.toString()).toContain('sim-0000000001')
})

test('a drip writes a byte at a time at its pace', async () => {
  const { heard, truth } = await hear('anthropic-messages', {
    deltas: 0,
    fault: { kind: 'drip', bytes_per_second: 1000 },
  })
  expect(truth.writes.every(({ bytes }) => bytes === 1)).toBe(true)
  expect(truth.write_count).toBe(heard.body.length)
  const [first, second] = truth.writes
  expect(BigInt(second?.due_ns ?? 0) - BigInt(first?.due_ns ?? 0)).toBe(1_000_000n)
})

test('slow start doubles what is sent in each round trip, and changes no byte', async () => {
  const fault = { kind: 'slow_start', round_trip_ms: 10, window_bytes: 2000 } as const
  const { heard, truth } = await hear('openai-chat', { ...AT_ONCE, deltas: 60, fault })
  const sizes = truth.writes.map(({ bytes }) => bytes)
  expect(sizes.slice(0, -1)).toEqual([2000, 4000, 8000].slice(0, sizes.length - 1))
  expect(sizes.length).toBeGreaterThan(2)
  const [first = 0n, ...later] = truth.writes.map(({ due_ns }) => BigInt(due_ns))
  expect(later.map((due) => due - first)).toEqual(later.map((_, index) => BigInt(index + 1) * 10_000_000n))
  expect(heard.body.length).toBe(sizes.reduce((sum, size) => sum + size, 0))
  expect(truth).toMatchObject({ text_deltas: 60, finish_reason: 'stop' })
})

test('slow start holds nothing back that fits into its window', async () => {
  const fault = { kind: 'slow_start', round_trip_ms: 50 } as const
  const { truth } = await hear('openai-chat', { gap_ms: 2, deltas: 10, fault })
  const plain = await hear('openai-chat', { gap_ms: 2, deltas: 10 })
  const offsets = (told: typeof truth) =>
    Array.from(new Set(told.writes.map(({ due_ns }) => BigInt(due_ns) - BigInt(told.received_at_ns))))
  expect(offsets(truth)).toEqual(offsets(plain.truth))
})

test('a flood has at least its megabytes and a regular end', async () => {
  const { heard, truth } = await hear('openai-chat', { deltas: 1, fault: { kind: 'flood', megabytes: 3 } })
  expect(heard.body.length).toBeGreaterThanOrEqual(3_000_000)
  expect(sseEvents(heard.body).at(-1)?.data).toBe('[DONE]')
  expect(truth.finish_reason).toBe('stop')
  const deltas = sseDocuments(heard.body).filter((chunk) => JSON.stringify(chunk).includes(' the '))
  expect(truth.text_deltas).toBe(deltas.length + 1)
})

test.each(Object.keys(PATHS) as (keyof typeof PATHS)[])('%s can go on for ever', async (dialect) => {
  const { address, control } = await simulate()
  await control.setScenario('m', { ...AT_ONCE, deltas: 1, gap_ms: 0.1, fault: { kind: 'endless' } })
  const response = await begin(address, PATHS[dialect], { model: 'm' })
  await readUntil(response, (body) => body.length > 20_000)
  response.destroy()
  const truth = await control.run(runIdOf(response), { waitMs: 5000 })
  expect(truth.text_deltas).toBeGreaterThan(20)
  expect(truth).toMatchObject({ finish_reason: null, ended_at_ns: null })
})

test.each([
  ['json_instead_of_stream', 'application/json'],
  ['html_200', 'text/html'],
] as const)('%s is a 200 and no stream', async (kind, type) => {
  const { heard } = await hear('openai-chat', { fault: { kind } })
  expect(heard).toMatchObject({ status: 200, headers: { 'content-type': type } })
})

test('a redirect names its target', async () => {
  const { heard } = await hear('openai-chat', {
    fault: { kind: 'redirect', location: 'http://127.0.0.1:9/' },
  })
  expect(heard).toMatchObject({ status: 307, headers: { location: 'http://127.0.0.1:9/' } })
})

test('an error status of an unknown route is JSON', async () => {
  const { address } = await simulate()
  const heard = await ask(address, '/v1/embeddings', { model: 'm' })
  expect(heard.status).toBe(404)
  expect(JSON.parse(heard.body.toString())).toEqual({ error: 'There is no POST /v1/embeddings' })
})
