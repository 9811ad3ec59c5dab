import { expect, test } from 'vitest'
import { hear } from '../support/simulated.ts'
import { sseDocuments, sseEvents } from '../support/sse-events.ts'

type Chunk = {
  id: string
  choices: { delta: Record<string, unknown>; finish_reason: string | null }[]
  usage?: Record<string, unknown> | null
  x_groq?: { usage?: unknown }
}

function chunksOf(body: Buffer): Chunk[] {
  return sseDocuments(body) as unknown as Chunk[]
}

test('chat opens with a role, says its deltas, finishes, reports usage and is done', async () => {
  const { heard, truth } = await hear('openai-chat', { deltas: 3, finish_reason: 'length' })
  const chunks = chunksOf(heard.body)
  expect(chunks.map(({ choices: [choice] }) => choice?.delta)).toEqual([
    { role: 'assistant', content: '' },
    { content: ' the' },
    { content: ' river' },
    { content: ' old' },
    {},
    undefined,
  ])
  expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe('length')
  expect(chunks.at(-1)?.usage).toMatchObject({ prompt_tokens: 13, completion_tokens: 3, total_tokens: 16 })
  expect(sseEvents(heard.body).at(-1)?.data).toBe('[DONE]')
  expect(truth).toMatchObject({
    text: ' the river old',
    text_deltas: 3,
    output_tokens: 3,
    finish_reason: 'length',
    response_id: chunks[0]?.id,
  })
})

test('each run has an id of its own in its headers and in its stream', async () => {
  const { heard, truth } = await hear('openai-chat', {})
  expect(heard.headers['x-request-id']).toBe(truth.id)
  expect(new Set(chunksOf(heard.body).map(({ id }) => id))).toEqual(new Set(['chatcmpl-sim-0000000001']))
})

test.each([
  ['reasoning', { reasoning: ' the' }],
  ['reasoning_content', { content: null, reasoning_content: ' the' }],
  ['both', { reasoning: ' the', reasoning_content: ' the' }],
  ['reasoning_details', { content: '', reasoning: ' the', reasoning_details: expect.any(Array) }],
  ['content_parts', { content: [{ type: 'reasoning', summary: [{ type: 'summary_text', text: ' the' }] }] }],
] as const)('reasoning can be told as %s', async (field, delta) => {
  const { heard, truth } = await hear('openai-chat', {
    deltas: 1,
    reasoning_deltas: 1,
    reasoning_field: field,
  })
  expect(chunksOf(heard.body)[1]?.choices[0]?.delta).toEqual(delta)
  expect(truth).toMatchObject({
    reasoning_text: ' the',
    text: ' river',
    output_tokens: 2,
    reasoning_tokens: 1,
  })
})

test('thinking inside tags is visible text', async () => {
  const { truth } = await hear('openai-chat', {
    deltas: 1,
    reasoning_deltas: 2,
    reasoning_field: 'think_tags',
  })
  expect(truth).toMatchObject({ text: '<think> the river</think> old', reasoning_text: '', text_deltas: 3 })
})

test('tags are closed before the finish when no text follows', async () => {
  const { truth } = await hear('openai-chat', {
    deltas: 0,
    reasoning_deltas: 1,
    reasoning_field: 'think_tags',
  })
  expect(truth.text).toBe('<think> the</think>')
})

test('hidden reasoning is counted and not told', async () => {
  const { heard, truth } = await hear('openai-chat', {
    deltas: 1,
    reasoning_deltas: 2,
    reasoning_field: 'redacted',
  })
  expect(chunksOf(heard.body)).toHaveLength(4)
  expect(truth).toMatchObject({ reasoning_text: '', output_tokens: 3, reasoning_tokens: 2 })
})

test.each([
  ['choices_empty_chunk', [null, null, null, null, 2]],
  ['finish_chunk', [undefined, undefined, undefined, 2]],
  ['every_chunk_cumulative', [0, 1, 2, 2]],
  ['every_chunk_null_until_finish', [null, null, null, 2]],
  ['x_groq_and_final', [undefined, undefined, undefined, 2, 2]],
  ['x_groq_only', [undefined, undefined, undefined, undefined]],
  ['after_finish_with_choice', [undefined, undefined, undefined, undefined, 2]],
  ['repeated_after_finish', [undefined, undefined, undefined, undefined, 2]],
  ['none', [undefined, undefined, undefined, undefined]],
] as const)('usage placed as %s', async (placement, completionTokens) => {
  const { heard, truth } = await hear('openai-chat', { deltas: 2, usage_placement: placement })
  const chunks = chunksOf(heard.body)
  expect(chunks.map(({ usage }) => (usage ? usage['completion_tokens'] : usage))).toEqual(completionTokens)
  expect(chunks.some(({ x_groq }) => x_groq?.usage !== undefined)).toBe(placement.startsWith('x_groq'))
  expect(truth.output_tokens).toBe(placement === 'none' ? null : 2)
})

test('a repeated finish is told twice', async () => {
  const { heard } = await hear('openai-chat', { deltas: 1, usage_placement: 'repeated_after_finish' })
  const finishes = chunksOf(heard.body).map(({ choices }) => choices[0]?.finish_reason)
  expect(finishes).toEqual([null, null, 'stop', 'stop'])
})

test('comments, empty deltas, carriage returns and a byte order mark carry no text', async () => {
  const { heard, truth } = await hear('openai-chat', {
    deltas: 1,
    keepalive_comments: 2,
    empty_deltas: 2,
    line_ending: 'crlf',
    bom: true,
  })
  expect(heard.body.subarray(0, 3)).toEqual(Buffer.from([0xef, 0xbb, 0xbf]))
  expect(heard.body.includes('\r\n\r\n')).toBe(true)
  expect(truth.text_deltas).toBe(1)
  expect(truth.writes.flatMap(({ kinds }) => kinds)).toEqual([
    'comment',
    'comment',
    'role',
    'empty',
    'empty',
    'text',
    'finish',
    'usage',
    'done',
  ])
})

test('a chunk for the prompt filter comes first, without id and choices', async () => {
  const { heard } = await hear('openai-chat', { prompt_filter_chunk: true })
  expect(chunksOf(heard.body)[0]).toMatchObject({ id: '', choices: [] })
})

test('without a role chunk every delta names the role', async () => {
  const { heard } = await hear('openai-chat', { deltas: 1, role_chunk: false, done_marker: false })
  expect(chunksOf(heard.body)[0]?.choices[0]?.delta).toEqual({ role: 'assistant', content: ' the' })
  expect(heard.body.includes('[DONE]')).toBe(false)
})

test('multibyte words are told as they are written', async () => {
  const { heard, truth } = await hear('openai-chat', { deltas: 24, multibyte: true })
  const told = chunksOf(heard.body).map(({ choices }) => (choices[0]?.delta['content'] ?? '') as string)
  expect(told.join('')).toBe(truth.text)
  expect(Buffer.byteLength(truth.text)).toBeGreaterThan(truth.text.length)
})

test('texts are said as they were listed', async () => {
  const { truth } = await hear('openai-chat', { texts: ['One two', '', ' three'] })
  expect(truth).toMatchObject({ text: 'One two three', text_deltas: 2, output_tokens: 3 })
})

test('the older completions API says its text in choices', async () => {
  const { heard, truth } = await hear('openai-completions', { deltas: 2, usage_placement: 'none' })
  const texts = sseDocuments(heard.body).map((chunk) => (chunk['choices'] as { text: string }[])[0]?.text)
  expect(texts).toEqual([' the', ' river', ''])
  expect(truth).toMatchObject({ dialect: 'openai-completions', finish_reason: 'stop', output_tokens: null })
})
