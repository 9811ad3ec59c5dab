/** OpenAI's legacy text completions: the prompt as it is, `choices[0].text`. */
import type { StreamEvent } from '../events.ts'
import { identityEvents, textEvents } from '../events.ts'
import { finishEvents } from '../finish.ts'
import type { Frame } from '../framing/frame.ts'
import { asList, asRecord, isRecord, parseJson } from '../json.ts'
import type { Dialect } from './dialect.ts'
import { decodeChatFrame } from './openai-chat.ts'
import { readChatUsage, readErrorBody, readHttpFault, usageEvents } from './openai-usage.ts'

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
  createDecoder: () => decodeFrame,
  readFault: (status, _headers, body) => readHttpFault(status, body),
}

function decodeFrame(frame: Frame): StreamEvent[] {
  const chunk = parseJson(frame.data)
  // Errors, [DONE] and what is no chunk look as they do in chat.
  if (!isRecord(chunk) || frame.name === 'error' || readErrorBody(chunk) !== null)
    return decodeChatFrame(frame)
  const choices = asList(chunk['choices']).map(asRecord)
  return [
    ...identityEvents(chunk['id'], chunk['model']),
    ...choices.flatMap((choice) => textEvents(choice['text'])),
    ...choices.flatMap((choice) => finishEvents(choice['finish_reason'])),
    ...usageEvents(readChatUsage(chunk['usage'])),
  ]
}
