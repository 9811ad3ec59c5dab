/** Google `streamGenerateContent` with `alt=sse`: the same message again and again, each with a further piece. */
import type { StreamEvent } from '../events.ts'
import { identityEvents, reasoningEvents, textEvents } from '../events.ts'
import { finishEvents } from '../finish.ts'
import type { Frame } from '../framing/frame.ts'
import { asCount, asList, asRecord, asText, isRecord, parseJson } from '../json.ts'
import type { JsonRecord } from '../json.ts'
import type { Plan } from '../plan.ts'
import type { Dialect } from './dialect.ts'
import { readErrorBody, readHttpFault, usageEvents } from './openai-usage.ts'

export const gemini: Dialect = {
  mode: 'generate_content',
  requestMode: 'gemini_generate_content_stream',
  framing: 'sse',
  tokenSource: 'provider_usage_candidates_plus_thoughts',
  path: ({ model }) => `/models/${encodeURIComponent(model)}:streamGenerateContent?alt=sse`,
  body: geminiBody,
  createDecoder: () => decodeFrame,
  readFault: (status, _headers, body) => readHttpFault(status, body),
}

/** `maxOutputTokens` includes the thoughts. Thinking settings come from the metadata as Google names them. */
function geminiBody({ profile, metadata }: Plan): Record<string, unknown> {
  return {
    contents: [{ role: 'user', parts: [{ text: profile.prompt }] }],
    generationConfig: {
      maxOutputTokens: profile.maxOutputTokens,
      ...(metadata.omit_temperature === true ? {} : { temperature: profile.temperature }),
      ...(metadata.reasoning_effort === undefined
        ? {}
        : { thinkingConfig: { thinkingLevel: metadata.reasoning_effort } }),
      ...metadata.additional_model_request_fields,
    },
  }
}

function decodeFrame(frame: Frame): StreamEvent[] {
  const message = parseJson(frame.data)
  if (!isRecord(message)) return [{ type: 'malformed', detail: 'A message is no JSON object' }]
  const fault = readErrorBody(message)
  if (fault !== null) return [{ type: 'error', fault }]
  const candidate = asRecord(asList(message['candidates'])[0])
  const blocked = asText(asRecord(message['promptFeedback'])['blockReason'])
  return [
    ...identityEvents(message['responseId'], message['modelVersion']),
    ...asList(asRecord(candidate['content'])['parts']).flatMap((part) => partEvents(asRecord(part))),
    ...usageEvents(usageOf(message['usageMetadata'])),
    ...finishEvents(candidate['finishReason']),
    // A blocked prompt has no candidates: the block is its finish.
    ...(blocked === null ? [] : [{ type: 'finish' as const, reason: 'content_filter' as const }]),
  ]
}

function partEvents(part: JsonRecord): StreamEvent[] {
  if (isRecord(part['functionCall'])) return []
  return part['thought'] === true ? reasoningEvents(part['text']) : textEvents(part['text'])
}

/** Candidates exclude the thoughts, so the generated tokens are their sum; earlier messages may hold no counts. */
function usageOf(value: unknown) {
  if (!isRecord(value)) return null
  const candidates = asCount(value['candidatesTokenCount'])
  const reasoningTokens = asCount(value['thoughtsTokenCount'])
  return {
    inputTokens: asCount(value['promptTokenCount']),
    outputTokens:
      candidates === null && reasoningTokens === null
        ? null
        : asCount((candidates ?? 0) + (reasoningTokens ?? 0)),
    reasoningTokens,
    totalTokens: asCount(value['totalTokenCount']),
  }
}
