/** Facts of Gemini's streamGenerateContent and of OpenAI Responses. */
import { expect, test } from 'vitest'
import { geminiParts, sse } from './support/chunks.ts'
import { documentOf, eventsOf } from './support/fixtures.ts'

const GEMINI = { provider: 'gemini', requestMode: 'gemini_generate_content_stream' } as const
const RESPONSES = { provider: 'openai', requestMode: 'openai_responses_stream' } as const

const document = (api: Parameters<typeof documentOf>[0], wire: string) => documentOf(api, Buffer.from(wire))

test('a thought part is reasoning, an empty part with a signature is nothing', () => {
  const wire =
    geminiParts([{ text: 'hm', thought: true }, { text: 'Once' }]) +
    geminiParts([{ text: '', thoughtSignature: 'eA==' }], 'STOP')
  const events = eventsOf(GEMINI.provider, GEMINI.requestMode, wire)
  expect(events.map(({ type }) => type)).toEqual(['reasoning', 'text', 'finish'])
})

test('an intermediate finishReason does not end the answer', () => {
  const wire =
    geminiParts([{ text: 'Once' }], 'STOP') + geminiParts([{ text: ' upon' }]) + geminiParts([], 'MAX_TOKENS')
  expect(document(GEMINI, wire)).toMatchObject({
    visible_characters: 9,
    finish_reason: 'length',
    outcome: 'length',
  })
})

test('a finish without content and a message without candidates are read', () => {
  const wire =
    geminiParts([{ text: 'Once' }]) +
    sse({ candidates: [{ finishReason: 'STOP', index: 0 }] }) +
    sse({ usageMetadata: { trafficType: 'ON_DEMAND' } })
  expect(document(GEMINI, wire)).toMatchObject({
    outcome: 'completed',
    token_source: 'tiktoken_visible_text',
  })
})

test('a blocked prompt is a refusal, not an empty answer', () => {
  expect(document(GEMINI, sse({ promptFeedback: { blockReason: 'SAFETY' } }))).toMatchObject({
    outcome: 'refused',
    finish_reason: 'content_filter',
  })
})

test.each(['SAFETY', 'RECITATION', 'PROHIBITED_CONTENT', 'BLOCKLIST', 'SPII', 'IMAGE_SAFETY'])(
  '%s is a refusal',
  (word) => {
    expect(document(GEMINI, geminiParts([{ text: 'Once' }], word))).toMatchObject({ outcome: 'refused' })
  },
)

test.each(['OTHER', 'MALFORMED_FUNCTION_CALL'])('%s is an error of the model', (word) => {
  expect(document(GEMINI, geminiParts([{ text: 'Once' }], word))).toMatchObject({
    outcome: 'error',
    finish_reason: 'error',
  })
})

test('Responses: both kinds of reasoning delta count, the done events repeat nothing, a refusal is visible', () => {
  const named = (type: string, fields: Record<string, unknown>) => sse({ type, ...fields }, type)
  const wire =
    named('response.reasoning_summary_text.delta', { delta: 'a' }) +
    named('response.reasoning_text.delta', { delta: 'b' }) +
    named('response.reasoning_summary_text.done', { text: 'a' }) +
    named('response.refusal.delta', { delta: 'No' }) +
    named('response.output_text.done', { text: 'No' }) +
    named('response.completed', { response: { id: 'resp_a', status: 'completed', usage: null } })
  expect(document(RESPONSES, wire)).toMatchObject({
    outcome: 'refused',
    reasoning_characters: 2,
    visible_characters: 2,
    response_id: 'resp_a',
  })
})

test.each([
  ['max_output_tokens', 'length', 'length'],
  ['content_filter', 'refused', 'content_filter'],
])('Responses: incomplete for %s is %s', (reason, outcome, finish) => {
  const text = sse({ type: 'response.output_text.delta', delta: 'Once' })
  const response = { status: 'incomplete', incomplete_details: { reason }, usage: { output_tokens: 3 } }
  expect(document(RESPONSES, text + sse({ type: 'response.incomplete', response }))).toMatchObject({
    outcome,
    finish_reason: finish,
    output_tokens: 3,
  })
})
