/** Streams and answers no honest provider sends: each still becomes a valid document, in time that grows with its length. */
import { expect, test } from 'vitest'
import { analyse } from '../src/analyse.ts'
import { ErrorDocument, ResultDocument } from '../src/result.ts'
import { isErrorDocument } from '../src/wire-document.ts'
import type { RunDocument } from '../src/result.ts'
import { chatDelta, sse } from './support/chunks.ts'
import { documentOf } from './support/fixtures.ts'
import { makeTape, saved } from './support/plans.ts'

const CHAT = { provider: 'vllm', requestMode: 'chat_completions_stream' } as const
const GEMINI = { provider: 'gemini', requestMode: 'gemini_generate_content_stream' } as const
const STOP = chatDelta({ content: 'Once' }, 'stop')

function valid(document: RunDocument): RunDocument {
  return isErrorDocument(document) ? ErrorDocument.parse(document) : ResultDocument.parse(document)
}

const streamed = (wire: string, api: Parameters<typeof documentOf>[0] = CHAT): RunDocument =>
  valid(documentOf(api, Buffer.from(wire)))
const refused = (body: string, headers: Record<string, string> = {}): RunDocument =>
  valid(analyse(saved(makeTape([[1, body]], { response: { status: 500, headers } }), CHAT)))

test('a long name of a model and a long id are cut to what a document holds', () => {
  const chunk = { id: '👍'.repeat(300), model: 'm'.repeat(300), choices: [] }
  const document = streamed(sse(chunk) + STOP.replace('m-1', 'm'.repeat(300)))
  expect(document).toMatchObject({ served_model: 'm'.repeat(255), response_id: '👍'.repeat(127) })
})

test('more gaps than a document holds are cut, and the other numbers are of all of them', () => {
  const document = streamed(chatDelta({ content: 'a' }).repeat(20_010) + STOP)
  expect(document).toMatchObject({ visible_stream_chunks: 20_011, visible_characters: 20_014 })
  expect('times_between_tokens' in document && document.times_between_tokens).toHaveLength(20_000)
})

test('counts whose sum no integer holds are not known', () => {
  const usageMetadata = {
    candidatesTokenCount: Number.MAX_SAFE_INTEGER,
    thoughtsTokenCount: Number.MAX_SAFE_INTEGER,
  }
  const candidates = [{ content: { parts: [{ text: 'Once' }] }, finishReason: 'STOP' }]
  expect(streamed(sse({ candidates, usageMetadata }), GEMINI)).toMatchObject({
    token_source: 'tiktoken_visible_text',
  })
})

test.each([-1, 1.5, 1e300, '7', true, null, [], {}, Number.MAX_SAFE_INTEGER + 1])(
  'a count of %j is no count',
  (count) => {
    const document = streamed(STOP + sse({ choices: [], usage: { completion_tokens: count } }))
    expect(document).toMatchObject({ token_source: 'tiktoken_visible_text', output_tokens: 1 })
  },
)

test('two hundred thousand chunks with a time of the server each', () => {
  expect(streamed(sse({ timings: { prompt_ms: 1 } }).repeat(200_000) + STOP)).toMatchObject({
    server_timing: { prompt_ms: 1 },
  })
})

test('nesting deeper than the stack', () => {
  const deep = '['.repeat(200_000) + ']'.repeat(200_000)
  expect(streamed(`data: {"choices":${deep}}\n\n${STOP}`)).toMatchObject({ outcome: 'completed' })
  expect(streamed(`data: {"error":{"x":${deep}}}\n\n`)).toMatchObject({ error_kind: 'unknown' })
  expect(refused(`{"error":{"x":${deep}}}`)).toMatchObject({ http_status: 500 })
})

test('an error page of a megabyte of angle brackets', () => {
  expect(refused('<'.repeat(1_000_000))).toMatchObject({ error_kind: 'transient_provider' })
  expect(refused(`<p>Bad <b>gateway</b></p>${' '.repeat(1_000_000)}`)).toMatchObject({
    message: 'Bad gateway',
  })
})

test('an error message of a megabyte in which a parameter is named again and again', () => {
  expect(streamed(sse({ error: { message: 'max_tokens '.repeat(100_000) } }))).toMatchObject({
    error_kind: 'hard_capability',
  })
})

test.each(['1.2.3', '...', '', 'x'])('a server-timing of %j is a number or nothing', (duration) => {
  const headers = { 'server-timing': `a;dur=${duration}`, 'openai-processing-ms': '1e999' }
  const document = analyse(saved(makeTape([[1, STOP]], { response: { status: 200, headers } }), CHAT))
  const timing =
    'server_timing' in valid(document) && 'server_timing' in document ? document.server_timing : {}
  expect(Object.values(timing ?? {})).toEqual(duration === '1.2.3' ? [1.2] : [])
})

test.each(['x', ' ', '漢', '👍', 'happy '])('a single delta of two million bytes of %j', (piece) => {
  const text = piece.repeat(Math.floor(2_000_000 / Buffer.byteLength(piece)))
  expect(streamed(chatDelta({ content: text }, 'stop'))).toMatchObject({ visible_stream_chunks: 1 })
})

test('names that objects inherit are no fields', () => {
  const wire =
    '{"__proto__":{"choices":[{"delta":{"content":"no"}}]},"constructor":{"error":"no"},"toString":1}'
  const timed = '{"timings":{"__proto__":{"a":1},"constructor":2,"a_ms":3},"choices":[]}'
  const document = streamed(sse(wire) + sse(timed) + STOP)
  expect(document).toMatchObject({ visible_characters: 4, server_timing: { constructor: 2, a_ms: 3 } })
  expect(({} as Record<string, unknown>)['a']).toBeUndefined()
})

test('half a surrogate pair in every text field', () => {
  const half = String.raw`\ud800`
  const chunk = `{"id":"${half}","model":"${half}","choices":[{"delta":{"content":"${half}"},"finish_reason":"stop"}]}`
  const document = streamed(sse(chunk))
  expect(JSON.stringify(document)).not.toMatch(/\\ud800/i)
})

test.each([
  ['objects in one line', `data: ${'{"choices":[]}'.repeat(300_000)}\n\n`],
  ['brackets that never close', `data: ${'{"a":['.repeat(500_000)}\n\n`],
  ['marks of data in one line', `data: ${'data: {'.repeat(500_000)}\n\n`],
  ['data lines of one event', `${'data: {"a":1\n'.repeat(200_000)}\n`],
  ['lines behind an open object', `data: {\n${'  "a": 1,\n'.repeat(300_000)}\n`],
  ['whole messages without a blank line', 'data: {"choices":[]}\n'.repeat(200_000)],
  ['numbers that are none', `data: ${'NaN,'.repeat(500_000)}\n\n`],
  ['quotes', `data: ${'"'.repeat(2_000_001)}\n\n`],
])('a stream of many %s costs linear time', (_title, wire) => {
  expect(isErrorDocument(streamed(wire + STOP))).toBe(false)
})
