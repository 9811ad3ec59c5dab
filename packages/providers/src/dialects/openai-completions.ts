/** OpenAI's legacy text completions: the prompt as it is, `choices[0].text`. */
import type { StreamEvent } from '../events.ts'
import { textEvents } from '../events.ts'
import { asList, asRecord } from '../json.ts'
import type { Dialect, Message } from './dialect.ts'
import { CHAT_END_MARKS, decodeChatChunk } from './openai-chat.ts'

export const openaiCompletions: Dialect = {
  mode: 'completions',
  requestMode: 'openai_legacy_completions_stream',
  framing: 'sse',
  tokenSource: 'provider_usage_completion_tokens',
  path: () => '/completions',
  body: ({ model, profile, metadata }) => ({
    model,
    prompt: profile.prompt,
    max_tokens: profile.maxOutputTokens,
    ...(metadata.omit_temperature === true ? {} : { temperature: profile.temperature }),
    stream: true,
    stream_options: { include_usage: true },
    ...metadata.additional_model_request_fields,
  }),
  decode: decodeChunk,
  endMarks: CHAT_END_MARKS,
}

function decodeChunk(message: Message): StreamEvent[] {
  const choices = asList(message.data['choices']).map(asRecord)
  const text = choices.flatMap((choice) => textEvents(choice['text']))
  // Identity, finish, usage and times are where chat has them, and some hosts repeat the text there.
  const chat = decodeChatChunk(message).filter(({ type }) => type !== 'text' || text.length === 0)
  const [rest, closing] = partition(chat, ({ type }) => type !== 'finish' && type !== 'usage')
  return [...rest, ...text, ...closing]
}

function partition<Value>(values: readonly Value[], holds: (value: Value) => boolean): [Value[], Value[]] {
  return [values.filter(holds), values.filter((value) => !holds(value))]
}
