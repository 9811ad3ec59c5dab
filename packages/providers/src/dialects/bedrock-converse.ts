/** Amazon Bedrock ConverseStream: AWS event-stream frames; usage and latency come after `messageStop`. */
import type { StreamEvent } from '../events.ts'
import { NO_USAGE, reasoningEvents, textEvents } from '../events.ts'
import { finishEvents } from '../finish.ts'
import { asCount, asRecord, asText, numericFacts } from '../json.ts'
import type { JsonRecord } from '../json.ts'
import type { Plan } from '../plan.ts'
import { asErrorStatus } from '../error-fields.ts'
import { readKnownError } from '../provider-error.ts'
import { servedEvents } from '../served.ts'
import type { ProviderError } from '../provider-error.ts'
import type { Dialect, Message } from './dialect.ts'

export const bedrockConverse: Dialect = {
  mode: 'converse',
  requestMode: 'bedrock_converse_stream',
  framing: 'aws-event-stream',
  tokenSource: 'provider_usage_output_tokens',
  path: ({ model }) => `/model/${encodeURIComponent(model)}/converse-stream`,
  body: converseBody,
  decode: decodeEvent,
  readErrorFrame,
  // `ValidationException:http://…`: the class is what comes before the colon.
  errorTypeOf: (headers) => headers['x-amzn-errortype']?.split(':')[0] ?? null,
  endMarks: ['messageStop'],
}

/** Fields of Converse itself; all others are handed on to the model. */
const CONVERSE_FIELDS = new Set([
  'performanceConfig',
  'serviceTier',
  'outputConfig',
  'guardrailConfig',
  'requestMetadata',
])

/** The input of a ConverseStreamCommand. */
export function converseBody({ model, profile, metadata }: Plan): Record<string, unknown> {
  const fields = Object.entries(metadata.additional_model_request_fields ?? {})
  const own = fields.filter(([name]) => CONVERSE_FIELDS.has(name))
  const handedOn = fields.filter(([name]) => !CONVERSE_FIELDS.has(name))
  return {
    ...Object.fromEntries(own),
    modelId: model,
    messages: [{ role: 'user', content: [{ text: profile.prompt }] }],
    inferenceConfig: {
      maxTokens: profile.maxOutputTokens,
      ...(metadata.omit_temperature === true ? {} : { temperature: profile.temperature }),
    },
    ...(metadata.reasoning_effort === undefined
      ? {}
      : { outputConfig: { effort: metadata.reasoning_effort } }),
    ...(handedOn.length === 0 ? {} : { additionalModelRequestFields: Object.fromEntries(handedOn) }),
  }
}

function decodeEvent({ name, data: payload }: Message): StreamEvent[] {
  switch (name ?? '') {
    case 'contentBlockDelta':
      return deltaEvents(asRecord(payload['delta']))
    case 'messageStop':
      return finishEvents(payload['stopReason'])
    case 'metadata':
      return metadataEvents(payload)
    default:
      return []
  }
}

function deltaEvents(delta: JsonRecord): StreamEvent[] {
  const reasoning = asRecord(delta['reasoningContent'])
  return [
    ...reasoningEvents(reasoning['text'] ?? asRecord(reasoning['reasoningText'])['text']),
    ...(asText(reasoning['redactedContent']) === null ? [] : [{ type: 'redacted-reasoning' as const }]),
    ...(asText(reasoning['signature']) === null ? [] : [{ type: 'signed-reasoning' as const }]),
    ...textEvents(delta['text']),
  ]
}

function metadataEvents(payload: JsonRecord): StreamEvent[] {
  const usage = asRecord(payload['usage'])
  const timing = numericFacts(payload['metrics'])
  return [
    {
      type: 'usage',
      usage: {
        ...NO_USAGE,
        inputTokens: asCount(usage['inputTokens']),
        outputTokens: asCount(usage['outputTokens']),
        totalTokens: asCount(usage['totalTokens']),
        cachedInputTokens: asCount(usage['cacheReadInputTokens']),
      },
    },
    ...servedEvents({ service_tier: asRecord(payload['serviceTier'])['type'] }),
    ...(Object.keys(timing).length > 0 ? [{ type: 'server-timing' as const, timing }] : []),
  ]
}

/** An exception frame carries no status; the SDK's class names are PascalCase, the frame's camelCase. */
function readErrorFrame(name: string | null, payload: JsonRecord): ProviderError {
  const type = name === null ? null : name.charAt(0).toUpperCase() + name.slice(1)
  const known = readKnownError(payload)
  const message = asText(payload['originalMessage']) ?? known.message
  return { status: asErrorStatus(payload['originalStatusCode']), type, code: null, message }
}
