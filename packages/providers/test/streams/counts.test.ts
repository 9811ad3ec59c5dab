import { describe, expect, test } from 'vitest'
import { chatDelta, chatUsage, geminiParts, messageEvent, sse } from '../support/chunks.ts'
import { encodeEventStream } from '../support/eventstream.ts'
import { CHAT, CONVERSE, fieldsOf, GEMINI, MESSAGES, RESPONSES } from '../support/runs.ts'

const SENTENCE = 'Long ago, the world was young and happy people sang by the river.'
const TEXT = chatDelta({ content: SENTENCE })
const REASONING = chatDelta({ reasoning: `The user wants ${SENTENCE}` })
const counted = fieldsOf(CHAT, [TEXT, chatDelta({}, 'stop')])['output_tokens'] as number

describe('a count that cannot be true is not reported', () => {
  test.each([
    ['0 beside text', [TEXT], 0, counted],
    ['0 beside reasoning alone', [REASONING], 0, counted + 3],
    ['0 beside both', [REASONING, TEXT], 0, 2 * counted + 3],
  ])('%s: the tokenizer counts, under its own name', (_title, pieces, reported, tokens) => {
    const document = fieldsOf(CHAT, [
      ...pieces,
      chatDelta({}, 'stop'),
      chatUsage({ completion_tokens: reported }),
    ])
    expect(document).toMatchObject({
      output_tokens: tokens,
      token_source: 'tiktoken_visible_fallback_zero_usage',
    })
  })

  test('0 beside nothing is 0', () => {
    expect(fieldsOf(CHAT, [chatDelta({}, 'stop'), chatUsage({ completion_tokens: 0 })])).toMatchObject({
      output_tokens: 0,
      token_source: 'provider_usage_completion_tokens',
    })
  })

  test('the count of message_start is no total', () => {
    const start = { id: 'm', usage: { input_tokens: 9, output_tokens: 1, cache_read_input_tokens: 4 } }
    const events = (usage: object) => [
      messageEvent({ type: 'message_start', message: start }),
      messageEvent({ type: 'content_block_delta', delta: { text: SENTENCE } }),
      messageEvent({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, ...usage }),
    ]
    expect(fieldsOf(MESSAGES, events({}))).toMatchObject({
      output_tokens: counted,
      token_source: 'tiktoken_visible_text',
      input_tokens: 9,
      cached_input_tokens: 4,
    })
    expect(fieldsOf(MESSAGES, events({ usage: { output_tokens: 15 } }))).toMatchObject({
      output_tokens: 15,
      token_source: 'provider_usage_output_tokens',
      input_tokens: 9,
    })
  })

  test.each([
    ['completion_tokens_details', { completion_tokens_details: { reasoning_tokens: 0 } }],
    ['the usage itself', { reasoning_tokens: 0 }],
  ])('0 reasoning tokens beside reasoning text, in %s', (_title, details) => {
    const usage = chatUsage({ completion_tokens: 2 * counted + 3, ...details })
    expect(fieldsOf(CHAT, [REASONING, TEXT, chatDelta({}, 'stop'), usage])).toMatchObject({
      reasoning_tokens: null,
      visible_output_tokens: counted,
      visible_token_source: 'tiktoken_visible_text',
    })
  })

  test('reasoning alone has no visible tokens, whatever the usage says', () => {
    const usage = chatUsage({ completion_tokens: 64, completion_tokens_details: { reasoning_tokens: 0 } })
    expect(fieldsOf(CHAT, [REASONING, chatDelta({}, 'length'), usage])).toMatchObject({
      visible_output_tokens: 0,
      visible_characters: 0,
      output_tokens: 64,
    })
  })
})

describe('visible tokens', () => {
  test.each([
    ['fewer than the tokenizer counts', counted - 3],
    ['as many', counted],
    ['more, as another tokenizer needs', counted + 6],
  ])('are the usage where nothing was reasoning: %s', (_title, tokens) => {
    expect(
      fieldsOf(CHAT, [TEXT, chatDelta({}, 'stop'), chatUsage({ completion_tokens: tokens })]),
    ).toMatchObject({ visible_output_tokens: tokens, visible_token_source: 'provider_usage' })
  })

  test.each([
    ['the usage is far above the text', [TEXT], 500],
    ['reasoning was shown', [REASONING, TEXT], 40],
    ['reasoning was encrypted', [chatDelta({ reasoning_opaque: 'abc=' }), TEXT], 20],
  ])('are the tokenizer’s where %s', (_title, pieces, tokens) => {
    expect(
      fieldsOf(CHAT, [...pieces, chatDelta({}, 'stop'), chatUsage({ completion_tokens: tokens })]),
    ).toMatchObject({ visible_output_tokens: counted, visible_token_source: 'tiktoken_visible_text' })
  })

  test.each([
    ['without thoughts', {}, 14, 14, null],
    ['with thoughts', { thoughtsTokenCount: 50 }, 64, 14, 50],
  ])('of Gemini are its candidates, %s', (_title, thoughts, output, visible, reasoning) => {
    const usageMetadata = {
      promptTokenCount: 9,
      candidatesTokenCount: 14,
      cachedContentTokenCount: 3,
      ...thoughts,
    }
    const last = `data: ${JSON.stringify({ candidates: [{ finishReason: 'STOP' }], usageMetadata })}\r\n\r\n`
    expect(fieldsOf(GEMINI, [geminiParts([{ text: 'Once' }]), last])).toMatchObject({
      output_tokens: output,
      visible_output_tokens: visible,
      visible_token_source: 'provider_usage',
      reasoning_tokens: reasoning,
      cached_input_tokens: 3,
    })
  })
})

describe('usage is found', () => {
  const COUNTS = { prompt_tokens: 19, completion_tokens: 31, total_tokens: 50 }
  test.each([
    ['in the choice that finishes', sse({ choices: [{ delta: {}, finish_reason: 'stop', usage: COUNTS }] })],
    ['in its delta', sse({ choices: [{ delta: { usage: COUNTS }, finish_reason: 'stop' }] })],
    ['in x_groq', sse({ choices: [{ delta: {}, finish_reason: 'stop' }], x_groq: { usage: COUNTS } })],
    [
      'in the choice, beside one of nulls',
      sse({ choices: [{ finish_reason: 'stop', usage: COUNTS }], usage: { prompt_tokens: null } }),
    ],
  ])('%s', (_title, last) => {
    expect(fieldsOf(CHAT, [TEXT, last])).toMatchObject({
      output_tokens: 31,
      input_tokens: 19,
      token_source: 'provider_usage_completion_tokens',
    })
  })

  test.each([
    ['OpenAI', { prompt_tokens_details: { cached_tokens: 5 } }],
    ['DeepSeek', { prompt_cache_hit_tokens: 5 }],
    ['Moonshot', { cached_tokens: 5 }],
  ])('cached prompt tokens of %s', (_title, cached) => {
    const usage = chatUsage({ ...COUNTS, ...cached })
    expect(fieldsOf(CHAT, [TEXT, chatDelta({}, 'stop'), usage])).toMatchObject({ cached_input_tokens: 5 })
  })

  test('cached prompt tokens of Responses and Converse', () => {
    const usage = { input_tokens: 9, output_tokens: 4, input_tokens_details: { cached_tokens: 2 } }
    const completed = sse({ type: 'response.completed', response: { status: 'completed', usage } })
    expect(fieldsOf(RESPONSES, [completed])).toMatchObject({ cached_input_tokens: 2 })
    const frames = [
      { type: 'messageStop', payload: { stopReason: 'end_turn' } },
      { type: 'metadata', payload: { usage: { inputTokens: 9, outputTokens: 4, cacheReadInputTokens: 6 } } },
    ]
    expect(fieldsOf(CONVERSE, [encodeEventStream(frames)])).toMatchObject({ cached_input_tokens: 6 })
  })
})

describe('reasoning', () => {
  test.each([
    ['reasoning_text', { reasoning_text: 'hm' }],
    ['reasoning_details alone', { reasoning_details: [{ type: 'reasoning.text', text: 'hm' }] }],
    ['a summary in reasoning_details', { reasoning_details: [{ type: 'reasoning.summary', summary: 'hm' }] }],
    ['thinking_blocks alone', { thinking_blocks: [{ type: 'thinking', thinking: 'hm', signature: 'x' }] }],
    ['an object', { reasoning: { content: 'hm' } }],
    ['thinking', { thinking: 'hm' }],
    ['a content part', { content: [{ type: 'thinking', thinking: 'hm' }] }],
    ['a content part of reasoning', { content: { type: 'reasoning', text: 'hm' } }],
    ['two names at once', { reasoning: 'hm', reasoning_content: 'hm', reasoning_details: [{ text: 'hm' }] }],
    ['an empty name before another', { reasoning: '', reasoning_text: 'hm' }],
  ])('in %s is read once', (_title, delta) => {
    expect(fieldsOf(CHAT, [chatDelta(delta), TEXT, chatDelta({}, 'stop')])).toMatchObject({
      reasoning_characters: 2,
      time_to_first_reasoning: 0.01,
      visible_characters: SENTENCE.length,
    })
  })

  test.each([
    [
      'of OpenRouter',
      CHAT,
      [TEXT, chatDelta({ reasoning_details: [{ type: 'reasoning.text', text: '', signature: 'x' }] })],
    ],
    [
      'of LiteLLM',
      CHAT,
      [TEXT, chatDelta({ thinking_blocks: [{ type: 'thinking', thinking: '', signature: 'x' }] })],
    ],
  ])('that is only signed, %s, was there, and has no moment', (_title, api, pieces) => {
    const usage = chatUsage({ completion_tokens: counted + 5 })
    expect(fieldsOf(api, [...pieces, chatDelta({}, 'stop'), usage])).toMatchObject({
      visible_token_source: 'tiktoken_visible_text',
      time_to_first_reasoning: null,
      server_timing: {},
    })
  })

  test('of Converse that is only signed was there', () => {
    const frames = [
      { type: 'contentBlockDelta', payload: { delta: { reasoningContent: { signature: 'x' } } } },
      { type: 'contentBlockDelta', payload: { delta: { text: SENTENCE } } },
      { type: 'messageStop', payload: { stopReason: 'end_turn' } },
      { type: 'metadata', payload: { usage: { inputTokens: 9, outputTokens: counted + 5 } } },
    ]
    expect(fieldsOf(CONVERSE, [encodeEventStream(frames)])).toMatchObject({
      visible_token_source: 'tiktoken_visible_text',
      output_tokens: counted + 5,
    })
  })

  test('that is encrypted has a moment and no text', () => {
    const hidden = chatDelta({ reasoning_details: [{ type: 'reasoning.encrypted', data: 'abc=' }] })
    expect(fieldsOf(CHAT, [hidden, TEXT, chatDelta({}, 'stop')])).toMatchObject({
      reasoning_characters: 0,
      time_to_first_reasoning: null,
      server_timing: { redacted_reasoning_at_seconds: 0.01 },
    })
  })
})
