/** Facts of the wire formats that every provider's stream is read by, one test each. */
import { expect, test } from 'vitest'
import type { StreamEvent } from '../src/events.ts'
import { chatDelta, sse } from './support/chunks.ts'
import { eventsOf, resultOf } from './support/fixtures.ts'

const CHAT = { provider: 'vllm', requestMode: 'chat_completions_stream' } as const

const chat = (wire: string): StreamEvent[] => eventsOf(CHAT.provider, CHAT.requestMode, wire)
const texts = (events: readonly StreamEvent[], type: 'text' | 'reasoning') =>
  events.flatMap((event) => (event.type === type ? [event.text] : []))

test.each([
  ['a role chunk with an empty content', chatDelta({ role: 'assistant', content: '' })],
  ['a role chunk without content', chatDelta({ role: 'assistant' })],
  ['a null content', chatDelta({ role: 'assistant', content: null })],
  ['a null reasoning beside an empty content', chatDelta({ content: '', reasoning: null })],
  ['an empty reasoning', chatDelta({ content: null, reasoning_content: '' })],
  ['a null delta', sse({ choices: [{ index: 0, delta: null, finish_reason: null }] })],
  ['null tool calls', chatDelta({ content: null, tool_calls: null, function_call: null, refusal: null })],
  ['an empty list of content parts', chatDelta({ content: [] })],
  ['no choices', sse({ choices: [], prompt_filter_results: [{}] })],
  ['null choices', sse({ choices: null })],
])('%s is no token', (_title, wire) => {
  const said = chat(wire).filter(({ type }) => type !== 'response-id' && type !== 'served-model')
  expect(said).toEqual([])
})

test.each([
  ['delta.reasoning', { reasoning: 'hm' }],
  ['delta.reasoning with a channel', { reasoning: 'hm', channel: 'analysis' }],
  ['delta.reasoning_content', { reasoning_content: 'hm' }],
  ['both names with one text', { reasoning: 'hm', reasoning_content: 'hm' }],
  ['an empty newer name beside the older', { reasoning: '', reasoning_content: 'hm' }],
  ['reasoning_details beside delta.reasoning', { reasoning: 'hm', reasoning_details: [{ text: 'hm' }] }],
  [
    'a reasoning part of a content list',
    { content: [{ type: 'reasoning', summary: [{ type: 'summary_text', text: 'hm' }] }] },
  ],
  [
    'a thinking part of a content list',
    { content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] }] },
  ],
])('%s is reasoning and read once', (_title, delta) => {
  const events = chat(chatDelta({ content: '', ...delta }))
  expect([texts(events, 'reasoning'), texts(events, 'text')]).toEqual([['hm'], []])
})

test('a list of content parts holds reasoning and text in the order sent, and foreign parts are passed over', () => {
  const parts = [
    { type: 'reasoning', summary: [{ text: 'a' }, { text: 'b' }] },
    { type: 'image', url: 'x' },
    { type: 'text', text: 'c' },
    null,
    'd',
  ]
  const events = chat(chatDelta({ content: parts })).filter(
    ({ type }) => type === 'text' || type === 'reasoning',
  )
  expect(events).toEqual([
    { type: 'reasoning', text: 'ab' },
    { type: 'text', text: 'c' },
    { type: 'text', text: 'd' },
  ])
})

test('<think> inside content is visible text, because it is what a reader sees', () => {
  const result = resultOf(CHAT, chatDelta({ content: '<think>hm</think>' }) + chatDelta({}, 'stop'))
  expect(result).toMatchObject({
    visible_characters: 17,
    reasoning_characters: 0,
    time_to_first_reasoning: null,
  })
})

const TEXT = chatDelta({ content: 'Once' })

test('CRLF, a BOM, comments, retry fields and ids change nothing', () => {
  const wire = TEXT + chatDelta({}, 'stop')
  const dressed = `\uFEFF: hello\n\nretry: 10\nid: 7\n\n${wire}: OPENROUTER PROCESSING\n\n`
  expect(chat(dressed)).toEqual(chat(wire))
  expect(chat(dressed.replaceAll('\n', '\r\n'))).toEqual(chat(wire))
  expect(chat(dressed.replaceAll('\n', '\r'))).toEqual(chat(wire))
})

test('a comment in the middle of an event does not end it', () => {
  expect(texts(chat(TEXT.replace(/\n\n$/, '\n: still here\n\n')), 'text')).toEqual(['Once'])
})
