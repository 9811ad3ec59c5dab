/** OpenAI Responses: named events, the final one of which holds the whole answer's usage and status. */
import type { StreamEvent, Usage } from '../events.ts'
import { identityEvents, NO_USAGE, reasoningEvents, textEvents, wholeTextEvents } from '../events.ts'
import { finishEvents } from '../finish.ts'
import { asCount, asList, asRecord, asText, isRecord } from '../json.ts'
import type { JsonRecord } from '../json.ts'
import type { Plan } from '../plan.ts'
import { readKnownError } from '../provider-error.ts'
import { servedEvents } from '../served.ts'
import type { Dialect, Message } from './dialect.ts'
import { usageEvents } from './usage.ts'

export const openaiResponses: Dialect = {
  mode: 'responses',
  requestMode: 'openai_responses_stream',
  framing: 'sse',
  tokenSource: 'provider_usage_output_tokens',
  path: () => '/responses',
  body: responsesBody,
  decode: decodeEvent,
  endMarks: [
    'response.completed',
    'response.incomplete',
    'response.failed',
    'response.done',
    '[DONE]',
    '"total_tokens"',
  ],
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

function decodeEvent({ name, data: event }: Message): StreamEvent[] {
  const type = asText(event['type']) ?? name ?? ''
  if (/^response\.reasoning[a-z_]*\.delta$/.test(type)) return reasoningEvents(event['delta'])
  switch (type) {
    case 'response.created':
    case 'response.in_progress':
      return identityOf(asRecord(event['response']))
    case 'response.output_text.delta':
      return textEvents(event['delta'])
    case 'response.output_text.done':
      return wholeTextEvents(textEvents(event['text']))
    case 'response.output_item.done':
      return wholeTextEvents(itemTexts([event['item']]))
    case 'response.refusal.delta':
      return [...textEvents(event['delta']), { type: 'refusal' }]
    case 'response.completed':
    case 'response.incomplete':
    case 'response.failed':
    case 'response.done':
      return closingEvents(type, asRecord(event['response']))
    case 'error':
      return [{ type: 'error', error: readKnownError(event) }]
    default:
      return []
  }
}

function identityOf(response: JsonRecord): StreamEvent[] {
  return [...identityEvents(response['id'], response['model']), ...servedEvents(response)]
}

/** The status is in the response, and in the name of the event where a host leaves it out. */
function closingEvents(type: string, response: JsonRecord): StreamEvent[] {
  const usage = asRecord(response['usage'])
  const status = asText(response['status']) ?? type.replace('response.', '')
  const reason = asText(asRecord(response['incomplete_details'])['reason'])
  const events: StreamEvent[] = [
    ...identityOf(response),
    ...wholeTextEvents(itemTexts(asList(response['output']))),
    ...(isRecord(response['usage']) ? usageEvents(readUsage(usage)) : []),
  ]
  if (status === 'failed') return [...events, { type: 'error', error: readKnownError(response['error']) }]
  return [
    ...events,
    ...finishEvents(reason === null ? status : `${status}:${reason}`),
    { type: 'terminator' },
  ]
}

/** The texts of finished items of the output. */
function itemTexts(items: readonly unknown[]): StreamEvent[] {
  const parts = items
    .map(asRecord)
    .flatMap((item) => (item['type'] === 'message' ? asList(item['content']) : []))
  return parts.flatMap((part) => textEvents(asRecord(part)['text']))
}

function readUsage(usage: JsonRecord): Usage {
  return {
    ...NO_USAGE,
    inputTokens: asCount(usage['input_tokens']),
    outputTokens: asCount(usage['output_tokens']),
    reasoningTokens: asCount(asRecord(usage['output_tokens_details'])['reasoning_tokens']),
    totalTokens: asCount(usage['total_tokens']),
    cachedInputTokens: asCount(asRecord(usage['input_tokens_details'])['cached_tokens']),
  }
}
