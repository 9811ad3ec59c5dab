/** Google `streamGenerateContent` with `alt=sse`: the same message again and again, each with a further piece. */
import type { StreamEvent, Usage } from '../events.ts'
import { identityEvents, reasoningEvents, textEvents } from '../events.ts'
import { finishEvents } from '../finish.ts'
import { asCount, asList, asRecord, asText, isRecord } from '../json.ts'
import type { JsonRecord } from '../json.ts'
import type { Plan } from '../plan.ts'
import { servedEvents } from '../served.ts'
import type { Dialect, Message } from './dialect.ts'
import { sumKnown, uncountedTokens, usageEvents } from './usage.ts'

export const gemini: Dialect = {
  mode: 'generate_content',
  requestMode: 'gemini_generate_content_stream',
  framing: 'sse',
  tokenSource: 'provider_usage_candidates_plus_thoughts',
  path: ({ model }) => `/models/${encodeURIComponent(model)}:streamGenerateContent?alt=sse`,
  body: geminiBody,
  decode: decodeMessage,
  endMarks: ['"finishReason"', '"blockReason"'],
}

/** Fields of a request beside its generation config; all others are fields of that. */
const TOP_LEVEL_FIELDS = new Set([
  'safetySettings',
  'cachedContent',
  'labels',
  'serviceTier',
  'modelArmorConfig',
])

/** `maxOutputTokens` includes the thoughts. Thinking settings come from the metadata as Google names them. */
function geminiBody({ profile, metadata }: Plan): Record<string, unknown> {
  const { generationConfig, ...fields } = metadata.additional_model_request_fields ?? {}
  const isTopLevel = ([name]: readonly [string, unknown]): boolean => TOP_LEVEL_FIELDS.has(name)
  const entries = Object.entries(fields)
  return {
    ...Object.fromEntries(entries.filter(isTopLevel)),
    contents: [{ role: 'user', parts: [{ text: profile.prompt }] }],
    generationConfig: {
      maxOutputTokens: profile.maxOutputTokens,
      ...(metadata.omit_temperature === true ? {} : { temperature: profile.temperature }),
      ...(metadata.reasoning_effort === undefined
        ? {}
        : { thinkingConfig: { thinkingLevel: metadata.reasoning_effort } }),
      ...Object.fromEntries(entries.filter((entry) => !isTopLevel(entry))),
      ...asRecord(generationConfig),
    },
  }
}

function decodeMessage({ data: message }: Message): StreamEvent[] {
  const candidate = asRecord(asList(message['candidates'])[0])
  const blocked = asText(asRecord(message['promptFeedback'])['blockReason'])
  return [
    ...identityEvents(message['responseId'], message['modelVersion']),
    ...asList(asRecord(candidate['content'])['parts']).flatMap((part) => partEvents(asRecord(part))),
    ...usageEvents(readUsage(message['usageMetadata'])),
    ...servedEvents({ service_tier: tierOf(asRecord(message['usageMetadata'])) }),
    ...finishEvents(candidate['finishReason']),
    // A blocked prompt has no candidates: the block is its finish.
    ...(blocked === null
      ? []
      : [{ type: 'finish' as const, reason: 'content_filter' as const, word: blocked }]),
  ]
}

/** AI Studio and Vertex name what a request was billed as. */
function tierOf(usage: JsonRecord): unknown {
  return usage['serviceTier'] ?? usage['trafficType']
}

function partEvents(part: JsonRecord): StreamEvent[] {
  if (isRecord(part['functionCall'])) return []
  return part['thought'] === true ? reasoningEvents(part['text']) : textEvents(part['text'])
}

/**
 * Candidates exclude the thoughts, so the generated tokens are their sum, and the candidates are the visible ones also
 * where no thoughts are reported. Earlier messages may hold no counts; what only the total counts was generated too, and
 * is the candidates where those are missing beside thoughts.
 */
function readUsage(value: unknown): Usage | null {
  if (!isRecord(value)) return null
  const count = (name: string): number | null => asCount(value[`${name}TokenCount`])
  const [inputTokens, thoughts, total] = [count('prompt'), count('thoughts'), count('total')]
  const known = [inputTokens, count('candidates'), thoughts, count('toolUsePrompt')]
  const uncounted = inputTokens === null ? 0 : uncountedTokens(total, known)
  const isMissing = (count('candidates') ?? 0) === 0 && thoughts !== null
  const candidates = isMissing && uncounted > 0 ? uncounted : count('candidates')
  const generated = [count('candidates'), thoughts, uncounted === 0 ? null : uncounted]
  return {
    inputTokens,
    outputTokens: generated.every((tokens) => tokens === null) ? null : asCount(sumKnown(generated)),
    reasoningTokens: thoughts,
    totalTokens: total,
    cachedInputTokens: count('cachedContent'),
    visibleTokens: candidates,
  }
}
