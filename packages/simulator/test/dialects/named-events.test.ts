import { expect, test } from 'vitest'
import { hear } from '../support/simulated.ts'
import { sseDocuments, sseEvents } from '../support/sse-events.ts'

test('messages open and close a block for thinking and one for text', async () => {
  const { heard, truth } = await hear('anthropic-messages', {
    deltas: 1,
    reasoning_deltas: 1,
    keepalive_comments: 1,
    finish_reason: 'length',
  })
  expect(sseEvents(heard.body).map(({ event }) => event)).toEqual([
    'ping',
    'message_start',
    'content_block_start',
    'content_block_delta',
    'content_block_delta',
    'content_block_stop',
    'content_block_start',
    'content_block_delta',
    'content_block_stop',
    'message_delta',
    'message_stop',
  ])
  const documents = sseDocuments(heard.body)
  expect(documents[3]).toMatchObject({ index: 0, delta: { type: 'thinking_delta', thinking: ' the' } })
  expect(documents[7]).toMatchObject({ index: 1, delta: { type: 'text_delta', text: ' river' } })
  expect(documents[9]).toMatchObject({
    delta: { stop_reason: 'max_tokens' },
    usage: { output_tokens: 2, output_tokens_details: { thinking_tokens: 1 } },
  })
  expect(heard.headers['request-id']).toBe(truth.id)
  expect(truth).toMatchObject({ finish_reason: 'max_tokens', response_id: 'msg_sim-0000000001' })
})

test('each event of a named dialect has its name in its data too', async () => {
  for (const dialect of ['anthropic-messages', 'openai-responses'] as const) {
    const { heard } = await hear(dialect, { reasoning_deltas: 2 })
    for (const { event, data } of sseEvents(heard.body))
      expect(JSON.parse(data)).toMatchObject({ type: event })
  }
})

test('redacted thinking has a block and no words', async () => {
  const { heard, truth } = await hear('anthropic-messages', {
    deltas: 1,
    reasoning_deltas: 3,
    reasoning_field: 'redacted',
  })
  expect(sseDocuments(heard.body)[1]).toMatchObject({ content_block: { type: 'redacted_thinking' } })
  expect(truth).toMatchObject({ reasoning_text: '', reasoning_deltas: 0, first_reasoning_at_ns: null })
})

test('responses number their events and repeat the output at the end', async () => {
  const { heard, truth } = await hear('openai-responses', { deltas: 2, reasoning_deltas: 1 })
  const documents = sseDocuments(heard.body)
  expect(documents.map((document) => document['sequence_number'])).toEqual(documents.map((_, index) => index))
  expect(documents.map(({ type }) => type)).toEqual([
    'response.created',
    'response.in_progress',
    'response.output_item.added',
    'response.reasoning_summary_part.added',
    'response.reasoning_summary_text.delta',
    'response.reasoning_summary_text.done',
    'response.reasoning_summary_part.done',
    'response.output_item.done',
    'response.output_item.added',
    'response.content_part.added',
    'response.output_text.delta',
    'response.output_text.delta',
    'response.output_text.done',
    'response.content_part.done',
    'response.output_item.done',
    'response.completed',
  ])
  expect(documents.at(-1)).toMatchObject({
    response: {
      id: truth.response_id,
      status: 'completed',
      output: [{ type: 'reasoning' }, { type: 'message', content: [{ text: ' river old' }] }],
      usage: { output_tokens: 3, output_tokens_details: { reasoning_tokens: 1 } },
    },
  })
})

test('a response that is cut by its budget is incomplete', async () => {
  const { heard, truth } = await hear('openai-responses', {
    deltas: 0,
    reasoning_deltas: 1,
    reasoning_field: 'reasoning_text',
    finish_reason: 'length',
  })
  const last = sseDocuments(heard.body).at(-1)
  expect(last).toMatchObject({
    type: 'response.incomplete',
    response: { incomplete_details: { reason: 'max_output_tokens' } },
  })
  expect(heard.body.includes('response.reasoning_text.delta')).toBe(true)
  expect(truth.finish_reason).toBe('incomplete:max_output_tokens')
})

test('Gemini counts up on every chunk and leaves thoughts out of its candidates', async () => {
  const { heard, truth } = await hear('gemini', { deltas: 2, reasoning_deltas: 1, line_ending: 'crlf' })
  const documents = sseDocuments(heard.body) as { usageMetadata: Record<string, number> }[]
  expect(documents.map(({ usageMetadata }) => usageMetadata['candidatesTokenCount'])).toEqual([0, 1, 2, 2])
  expect(documents[0]).toMatchObject({
    candidates: [{ content: { parts: [{ text: ' the', thought: true }] } }],
  })
  expect(documents.at(-1)).toMatchObject({
    candidates: [{ finishReason: 'STOP' }],
    usageMetadata: { promptTokenCount: 13, thoughtsTokenCount: 1, totalTokenCount: 16 },
  })
  expect(truth).toMatchObject({ text: ' river old', output_tokens: 3, reasoning_tokens: 1 })
})

test('Vertex reports the counts of Gemini only at the end', async () => {
  const { heard } = await hear('gemini', { deltas: 1, usage_placement: 'finish_chunk' })
  const documents = sseDocuments(heard.body)
  expect(documents[0]).toMatchObject({ usageMetadata: { trafficType: 'ON_DEMAND' } })
  expect(documents.at(-1)).toMatchObject({ usageMetadata: { candidatesTokenCount: 1 } })
})
