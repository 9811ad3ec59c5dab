/** OpenAI Responses: named events, the final one of which holds the whole answer's usage and status. */
import type { ProviderFault } from '../errors.ts'
import type { StreamEvent } from '../events.ts'
import { identityEvents, reasoningEvents, textEvents } from '../events.ts'
import { finishEvents } from '../finish.ts'
import type { Frame } from '../framing/frame.ts'
import { asCount, asRecord, asText, isRecord, parseJson } from '../json.ts'
import type { JsonRecord } from '../json.ts'
import type { Plan } from '../plan.ts'
import type { Dialect } from './dialect.ts'
import { readErrorBody, readHttpFault, usageEvents } from './openai-usage.ts'

export const openaiResponses: Dialect = {
  mode: 'responses',
  requestMode: 'openai_responses_stream',
  framing: 'sse',
  tokenSource: 'provider_usage_output_tokens',
  path: () => '/responses',
  body: responsesBody,
  createDecoder: () => decodeFrame,
  readFault: (status, _headers, body) => readHttpFault(status, body),
}

function responsesBody({ model, profile, metadata }: Plan): Record<string, unknown> {
  return {
    model,
    input: profile.prompt,
    max_output_tokens: profile.maxOutputTokens,
    ...(metadata.omit_temperature === true ? {} : { temperature: profile.temperature }),
    ...(metadata.reasoning_effort === undefined ? {} : { reasoning: { effort: metadata.reasoning_effort } }),
    store: false,
    stream: true,
    // Random padding in every event would only cost reads.
    stream_options: { include_obfuscation: false },
    ...metadata.additional_model_request_fields,
  }
}

function decodeFrame(frame: Frame): StreamEvent[] {
  if (frame.data.trim() === '[DONE]') return []
  const event = parseJson(frame.data)
  if (!isRecord(event)) return [{ type: 'malformed', detail: 'An event is no JSON object' }]
  const type = asText(event['type']) ?? frame.name ?? ''
  switch (type) {
    case 'response.created':
    case 'response.in_progress':
      return identityOf(asRecord(event['response']))
    case 'response.output_text.delta':
      return textEvents(event['delta'])
    case 'response.refusal.delta':
      return [...textEvents(event['delta']), { type: 'refusal' }]
    case 'response.reasoning_summary_text.delta':
    case 'response.reasoning_text.delta':
      return reasoningEvents(event['delta'])
    case 'response.completed':
    case 'response.incomplete':
    case 'response.failed':
      return closingEvents(type, asRecord(event['response']))
    case 'error':
      return [{ type: 'error', fault: errorOf(event) }]
    default:
      return readErrorBody(event) === null ? [] : [{ type: 'error', fault: errorOf(event) }]
  }
}

function identityOf(response: JsonRecord): StreamEvent[] {
  return identityEvents(response['id'], response['model'])
}

/** The status is in the response, and in the name of the event where a host leaves it out. */
function closingEvents(type: string, response: JsonRecord): StreamEvent[] {
  const usage = asRecord(response['usage'])
  const error = response['error']
  const status = asText(response['status']) ?? type.replace('response.', '')
  const reason = asText(asRecord(response['incomplete_details'])['reason'])
  const events: StreamEvent[] = [
    ...identityOf(response),
    ...(isRecord(response['usage']) ? usageEvents(readUsage(usage)) : []),
  ]
  if (status === 'failed') return [...events, { type: 'error', fault: errorOf({ error }) }]
  return [...events, ...finishEvents(reason === null ? status : `${status}:${reason}`)]
}

function readUsage(usage: JsonRecord) {
  return {
    inputTokens: asCount(usage['input_tokens']),
    outputTokens: asCount(usage['output_tokens']),
    reasoningTokens: asCount(asRecord(usage['output_tokens_details'])['reasoning_tokens']),
    totalTokens: asCount(usage['total_tokens']),
  }
}

/** The SDK's types put code and message on the event itself, recordings nest them: both are read. */
function errorOf(event: JsonRecord): ProviderFault {
  const nested = isRecord(event['error']) ? readErrorBody(event) : null
  if (nested !== null) return nested
  const message = asText(event['message']) ?? 'The response failed and the provider did not say why'
  return { status: null, type: null, code: asText(event['code']), message }
}
