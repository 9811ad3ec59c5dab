import { describe, expect, test } from 'vitest'
import { chatDelta, chatUsage, geminiParts, messageEvent, sse } from '../support/chunks.ts'
import { CHAT, fieldsOf, GEMINI, MESSAGES, RESPONSES } from '../support/runs.ts'

const COMPLETIONS = { provider: 'openai', requestMode: 'openai_legacy_completions_stream' } as const
const STORY =
  'Long ago, the world was young and happy people sang by the river, and every evening they told each other a story.'
const TEXT = chatDelta({ content: STORY })
const THOUGHT = chatDelta({ reasoning: `${STORY} ${STORY} ${STORY}` })
const counted = fieldsOf(CHAT, [TEXT, chatDelta({}, 'stop')])['output_tokens'] as number

const chat = (usage: object, ...pieces: string[]) =>
  fieldsOf(CHAT, [...(pieces.length === 0 ? [TEXT] : pieces), chatDelta({}, 'stop'), chatUsage({ ...usage })])
const gemini = (usageMetadata: object) =>
  fieldsOf(GEMINI, [
    geminiParts([{ text: STORY }]),
    sse({ candidates: [{ finishReason: 'STOP' }], usageMetadata }),
  ])

const ESTIMATED = { visible_output_tokens: counted, visible_token_source: 'tiktoken_visible_text' }

describe('a count of generated tokens that is too low for the text is not reported', () => {
  const stop = messageEvent({
    type: 'message_delta',
    delta: { stop_reason: 'end_turn' },
    usage: { output_tokens: 1 },
  })
  const completed = {
    type: 'response.completed',
    response: { status: 'completed', usage: { output_tokens: 3 } },
  }
  test.each([
    ['chat, 1 for everything', chat({ prompt_tokens: 9, completion_tokens: 1, total_tokens: 10 })],
    [
      'chat, each chunk with its own 1',
      fieldsOf(CHAT, [
        chatUsage({ completion_tokens: 1 }),
        TEXT,
        chatUsage({ completion_tokens: 1 }),
        chatDelta({}, 'stop'),
      ]),
    ],
    ['Gemini', gemini({ promptTokenCount: 9, candidatesTokenCount: 2 })],
    [
      'Messages',
      fieldsOf(MESSAGES, [messageEvent({ type: 'content_block_delta', delta: { text: STORY } }), stop]),
    ],
    [
      'Responses',
      fieldsOf(RESPONSES, [sse({ type: 'response.output_text.delta', delta: STORY }), sse(completed)]),
    ],
  ])('%s', (_title, document) => {
    expect(document).toMatchObject({
      ...ESTIMATED,
      output_tokens: counted,
      token_source: 'tiktoken_visible_text',
    })
  })

  test('nor one that leaves out the reasoning that was shown', () => {
    expect(
      chat({ prompt_tokens: 9, completion_tokens: counted, total_tokens: 9 + counted }, THOUGHT, TEXT),
    ).toMatchObject({
      ...ESTIMATED,
      token_source: 'tiktoken_visible_plus_reasoning_text',
    })
  })

  test('a tokenizer of longer pieces is credible', () => {
    const tokens = Math.ceil(counted * 0.6)
    expect(chat({ completion_tokens: tokens })).toMatchObject({
      output_tokens: tokens,
      visible_output_tokens: tokens,
      token_source: 'provider_usage_completion_tokens',
    })
  })
})

describe('a split into reasoning and visible tokens that does not fit the text is not reported', () => {
  test.each([
    ['no reasoning, where far more was generated than shown', 900, 0, 0],
    ['all reasoning, beside text', 64, 64, null],
    ['nearly all reasoning, beside a long text', 64, 63, null],
  ])('%s', (_title, output, reported, reasoning) => {
    const usage = { completion_tokens: output, completion_tokens_details: { reasoning_tokens: reported } }
    expect(chat(usage)).toMatchObject({ ...ESTIMATED, output_tokens: output, reasoning_tokens: reasoning })
  })

  test.each([
    ['that fits', 4],
    ['that OpenAI rounded down to a multiple of 64', 63],
  ])('one %s is', (_title, more) => {
    const usage = {
      completion_tokens: counted + more + 64,
      completion_tokens_details: { reasoning_tokens: 64 },
    }
    expect(chat(usage)).toMatchObject({
      reasoning_tokens: 64,
      visible_output_tokens: counted + more,
      visible_token_source: 'provider_usage',
    })
  })
})

describe('tokens that only the total counts were generated', () => {
  test('chat, as translations of Gemini report them', () => {
    expect(chat({ prompt_tokens: 20, completion_tokens: counted, total_tokens: 623 })).toMatchObject({
      output_tokens: 603,
      reasoning_tokens: null,
      visible_output_tokens: counted,
      visible_token_source: 'provider_usage',
    })
  })

  test.each([
    [
      'a total that is a few off',
      { prompt_tokens: 20, completion_tokens: counted, total_tokens: 22 + counted },
    ],
    ['a total that is too low', { prompt_tokens: 20, completion_tokens: counted, total_tokens: 3 }],
    ['a total without the prompt', { completion_tokens: counted, total_tokens: 900 }],
  ])('%s says nothing', (_title, usage) => {
    expect(chat(usage)).toMatchObject({ output_tokens: counted, visible_output_tokens: counted })
  })

  test.each([
    [
      'thoughts without candidates',
      { promptTokenCount: 9, thoughtsTokenCount: 50, totalTokenCount: 59 + 25 },
      75,
      25,
      50,
    ],
    [
      'thoughts beside 0 candidates',
      { promptTokenCount: 9, candidatesTokenCount: 0, thoughtsTokenCount: 50, totalTokenCount: 59 + 25 },
      75,
      25,
      50,
    ],
    ['neither', { promptTokenCount: 9, totalTokenCount: 9 + 25 }, 25, 25, null],
    [
      'candidates alone',
      { promptTokenCount: 9, candidatesTokenCount: 25, totalTokenCount: 234 },
      225,
      25,
      null,
    ],
    [
      'candidates, thoughts and a tool’s prompt',
      {
        promptTokenCount: 9,
        candidatesTokenCount: 25,
        thoughtsTokenCount: 50,
        toolUsePromptTokenCount: 90,
        totalTokenCount: 174,
      },
      75,
      25,
      50,
    ],
  ])('Gemini: %s', (_title, usage, output, visible, reasoning) => {
    expect(gemini(usage)).toMatchObject({
      output_tokens: output,
      visible_output_tokens: visible,
      visible_token_source: 'provider_usage',
      reasoning_tokens: reasoning,
    })
  })
})

test('0 candidates of Gemini beside text are not its visible tokens', () => {
  const usage = { promptTokenCount: 9, candidatesTokenCount: 0, thoughtsTokenCount: 50, totalTokenCount: 59 }
  expect(gemini(usage)).toMatchObject({ ...ESTIMATED, output_tokens: 50 })
})

describe('usage', () => {
  test('of an earlier chunk, whose total ran ahead, is forgotten', () => {
    const early = chatUsage({ prompt_tokens: 9, completion_tokens: 1, total_tokens: 73 })
    const last = chatUsage({ prompt_tokens: 9, completion_tokens: counted, total_tokens: counted + 9 })
    expect(fieldsOf(CHAT, [early, TEXT, chatDelta({}, 'stop'), last])).toMatchObject({
      output_tokens: counted,
      visible_output_tokens: counted,
      visible_token_source: 'provider_usage',
    })
  })

  test('of zeros behind the real one does not replace it', () => {
    const zeros = chatUsage({ prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 })
    expect(
      fieldsOf(CHAT, [
        TEXT,
        chatDelta({}, 'stop'),
        chatUsage({ prompt_tokens: 9, completion_tokens: counted }),
        zeros,
      ]),
    ).toMatchObject({
      output_tokens: counted,
      input_tokens: 9,
      token_source: 'provider_usage_completion_tokens',
    })
  })

  test('of chat may have the names of Responses', () => {
    const usage = {
      input_tokens: 9,
      output_tokens: counted + 1,
      output_tokens_details: { reasoning_tokens: 0 },
    }
    expect(chat(usage)).toMatchObject({
      output_tokens: counted + 1,
      input_tokens: 9,
      token_source: 'provider_usage_completion_tokens',
    })
    expect(
      chat({ completion_tokens: counted, output_tokens: 0, input_tokens: 0, prompt_tokens: 9 }),
    ).toMatchObject({
      output_tokens: counted,
      input_tokens: 9,
    })
  })
})

describe('text of legacy completions', () => {
  const finish = sse({ choices: [{ text: '', finish_reason: 'stop' }] })
  test.each([
    ['in text', { text: STORY }],
    ['in text, beside an empty delta', { text: STORY, delta: { content: '' } }],
    ['in text and again in a delta', { text: STORY, delta: { role: 'assistant', content: STORY } }],
    ['in a delta alone', { text: '', delta: { content: STORY } }],
  ])('%s is read once', (_title, choice) => {
    expect(fieldsOf(COMPLETIONS, [sse({ choices: [choice] }), finish])).toMatchObject({
      outcome: 'completed',
      visible_characters: STORY.length,
    })
  })

  test('is also read where a chat was asked for', () => {
    expect(fieldsOf(CHAT, [sse({ choices: [{ text: STORY }] }), finish])).toMatchObject({
      outcome: 'completed',
      visible_characters: STORY.length,
    })
    expect(
      fieldsOf(CHAT, [sse({ choices: [{ text: STORY, delta: { content: STORY } }] }), finish]),
    ).toMatchObject({
      visible_characters: STORY.length,
    })
  })
})

describe('flags and empty lists where text belongs are no text and no fault', () => {
  test.each([
    { content: STORY, refusal: false },
    { content: STORY, reasoning: false },
    { content: STORY, thinking: true },
    { content: STORY, thought: false },
    { content: STORY, reasoning: [], refusal: [] },
    { content: STORY, reasoning_content: {} },
    { content: STORY, reasoning_details: {} },
  ])('%j', (delta) => {
    expect(
      fieldsOf(CHAT, [chatDelta(delta), chatDelta({ content: [] }), chatDelta({}, 'stop')]),
    ).toMatchObject({
      outcome: 'completed',
      visible_characters: STORY.length,
      reasoning_characters: 0,
      malformed_frames: 0,
    })
  })

  test('a list of texts of reasoning is reasoning', () => {
    expect(
      fieldsOf(CHAT, [chatDelta({ reasoning_content: ['h', { text: 'm' }] }), TEXT, chatDelta({}, 'stop')]),
    ).toMatchObject({ reasoning_characters: 2, malformed_frames: 0 })
  })
})
