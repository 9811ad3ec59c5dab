/** Every rate has one unit: the provider's tokens, o200k_base tokens, characters. */
import { expect, test } from 'vitest'
import { chatDelta, chatUsage, messageEvent } from '../support/chunks.ts'
import { resultOfReads } from '../support/results.ts'

/** One o200k_base token and six characters each. */
const words = (count: number, fromMs: number, gapMs: number) =>
  Array.from(
    { length: count },
    (_, index) => [fromMs + index * gapMs, chatDelta({ content: ' happy' })] as const,
  )

test('tokens of a vocabulary of longer pieces give the billed rates, o200k and characters their own', () => {
  const usage = { completion_tokens: 30, completion_tokens_details: { reasoning_tokens: 10 } }
  const result = resultOfReads([...words(41, 100, 10), [510, chatDelta({}, 'stop') + chatUsage(usage)]])
  expect(result).toMatchObject({
    visible_output_tokens: 20,
    visible_token_source: 'provider_usage',
    visible_o200k_tokens: 41,
    visible_characters: 246,
  })
  expect(result.visible_tokens_per_second).toBeCloseTo(20 / 0.5, 9)
  expect(result.visible_o200k_tokens_per_second).toBeCloseTo(41 / 0.5, 9)
  expect(result.visible_characters_per_second).toBeCloseTo(246 / 0.5, 9)
  expect(result.decode_tokens_per_second).toBeCloseTo((20 * 40) / 41 / 0.4, 9)
  expect(result.decode_o200k_tokens_per_second).toBeCloseTo(40 / 0.4, 9)
  expect(result.decode_characters_per_second).toBeCloseTo(240 / 0.4, 9)
})

test.each([
  ['no usage at all', ''],
  ['a usage of 0', chatUsage({ completion_tokens: 0 })],
  [
    'more reasoning than output',
    chatUsage({ completion_tokens: 5, completion_tokens_details: { reasoning_tokens: 9 } }),
  ],
])('%s: the columns of the provider’s tokens are null, those of the text are not', (_title, usage) => {
  const result = resultOfReads([...words(41, 100, 10), [510, chatDelta({}, 'stop') + usage]])
  expect(result).toMatchObject({
    visible_token_source: 'tiktoken_visible_text',
    visible_tokens_per_second: null,
    decode_tokens_per_second: null,
    visible_o200k_tokens: 41,
  })
  expect(result.decode_o200k_tokens_per_second).toBeCloseTo(100, 9)
  expect(result.decode_characters_per_second).toBeCloseTo(600, 9)
})

test('a usage that may hold reasoning nobody counted says nothing about the visible tokens', () => {
  const thought = messageEvent({ type: 'content_block_delta', delta: { thinking: 'Let me think' } })
  const word = messageEvent({ type: 'content_block_delta', delta: { text: ' happy' } })
  const end = messageEvent({
    type: 'message_delta',
    delta: { stop_reason: 'max_tokens' },
    usage: { output_tokens: 64 },
  })
  const result = resultOfReads(
    [
      [50, thought],
      ...Array.from({ length: 20 }, (_, index) => [100 + index * 10, word] as const),
      [300, end],
    ],
    {},
    { provider: 'anthropic', requestMode: 'anthropic_messages_stream' },
  )
  expect(result).toMatchObject({
    output_tokens: 64,
    visible_tokens_per_second: null,
    decode_tokens_per_second: null,
    visible_o200k_tokens: 20,
  })
  expect(result.decode_o200k_tokens_per_second).toBeCloseTo(100, 9)
})

test('without visible text there is nothing to rate, and the count is 0', () => {
  const result = resultOfReads([[100, chatDelta({ reasoning: 'hm' }, 'length')]])
  expect(result).toMatchObject({
    visible_o200k_tokens: 0,
    visible_tokens_per_second: null,
    visible_o200k_tokens_per_second: null,
    visible_characters_per_second: null,
    decode_o200k_tokens_per_second: null,
  })
})

test('deltas that came in one read with the first are no part of the decode rate', () => {
  const pack = chatDelta({ content: ' happy' }).repeat(8)
  const packs = Array.from({ length: 6 }, (_, index) => [100 + index * 50, pack] as const)
  const result = resultOfReads([...packs, [400, chatDelta({}, 'stop')]])
  expect(result.stream_shape).toBe('streamed')
  expect(result.decode_o200k_tokens_per_second).toBeCloseTo(40 / 0.25, 9)
  expect(result.decode_characters_per_second).toBeCloseTo(240 / 0.25, 9)
})

test('a text whose shape is not streamed has visible rates and no decode rate', () => {
  const large = chatDelta({ content: ' happy'.repeat(20) })
  const result = resultOfReads([
    [100, large],
    [300, large],
    [310, chatDelta({}, 'stop')],
  ])
  expect(result.visible_o200k_tokens_per_second).toBeCloseTo(40 / 0.3, 9)
  expect([result.decode_o200k_tokens_per_second, result.decode_characters_per_second]).toEqual([null, null])
})

test('the published rate is what it was: all generated tokens ÷ the time of generation', () => {
  const usage = { completion_tokens: 30, completion_tokens_details: { reasoning_tokens: 10 } }
  const result = resultOfReads([...words(5, 100, 100), [510, chatDelta({}, 'stop') + chatUsage(usage)]])
  expect(result.tokens_per_second).toBeCloseTo(30 / 0.5, 9)
  expect(result.generated_tokens_per_second).toBe(result.tokens_per_second)
})
