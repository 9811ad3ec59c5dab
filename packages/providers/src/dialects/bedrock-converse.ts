/** Amazon Bedrock ConverseStream: AWS event-stream frames; usage and latency come after `messageStop`. */
import type { ProviderFault } from '../errors.ts'
import type { StreamEvent } from '../events.ts'
import { reasoningEvents, textEvents } from '../events.ts'
import { finishEvents } from '../finish.ts'
import type { Frame } from '../framing/frame.ts'
import { asCount, asRecord, asText, isRecord, numericFacts, parseJson } from '../json.ts'
import type { JsonRecord } from '../json.ts'
import type { Plan } from '../plan.ts'
import type { Dialect } from './dialect.ts'
import { asHttpStatus, readHttpFault } from './openai-usage.ts'

export const bedrockConverse: Dialect = {
  mode: 'converse',
  requestMode: 'bedrock_converse_stream',
  framing: 'aws-event-stream',
  tokenSource: 'provider_usage_output_tokens',
  path: ({ model }) => `/model/${encodeURIComponent(model)}/converse-stream`,
  body: converseBody,
  createDecoder: () => decodeFrame,
  readFault: (status, headers, body) => {
    // `ValidationException:http://…`: the class stands before the colon.
    const type = headers['x-amzn-errortype']?.split(':')[0] ?? null
    return { ...readHttpFault(status, body), type }
  },
}

/** The input of a ConverseStreamCommand. */
export function converseBody({ model, profile, metadata }: Plan): Record<string, unknown> {
  return {
    modelId: model,
    messages: [{ role: 'user', content: [{ text: profile.prompt }] }],
    inferenceConfig: {
      maxTokens: profile.maxOutputTokens,
      ...(metadata.omit_temperature === true ? {} : { temperature: profile.temperature }),
    },
    ...(metadata.reasoning_effort === undefined
      ? {}
      : { outputConfig: { effort: metadata.reasoning_effort } }),
    ...(metadata.additional_model_request_fields === undefined
      ? {}
      : { additionalModelRequestFields: metadata.additional_model_request_fields }),
  }
}

function decodeFrame(frame: Frame): StreamEvent[] {
  const payload = parseJson(frame.data)
  if (frame.kind === 'fault')
    return [{ type: 'error', fault: faultOf(frame.name, asRecord(payload), frame.data) }]
  if (!isRecord(payload)) return [{ type: 'malformed', detail: 'A frame is no JSON object' }]
  switch (frame.name ?? '') {
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
    ...reasoningEvents(reasoning['text']),
    ...(asText(reasoning['redactedContent']) === null ? [] : [{ type: 'redacted-reasoning' as const }]),
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
        inputTokens: asCount(usage['inputTokens']),
        outputTokens: asCount(usage['outputTokens']),
        reasoningTokens: null,
        totalTokens: asCount(usage['totalTokens']),
      },
    },
    ...(Object.keys(timing).length > 0 ? [{ type: 'server-timing' as const, timing }] : []),
  ]
}

/** An exception frame carries no status; the SDK's class names are PascalCase, the frame's camelCase. */
function faultOf(name: string | null, payload: JsonRecord, data: string): ProviderFault {
  const type = name === null ? null : name.charAt(0).toUpperCase() + name.slice(1)
  const message = asText(payload['originalMessage']) ?? asText(payload['message']) ?? data
  return { status: asHttpStatus(payload['originalStatusCode']), type, code: null, message }
}
