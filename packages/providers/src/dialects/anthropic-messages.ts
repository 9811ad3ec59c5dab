/** Anthropic Messages: typed events; usage is cumulative and comes in pieces. */
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

export const anthropicMessages: Dialect = {
  mode: 'messages',
  requestMode: 'anthropic_messages_stream',
  framing: 'sse',
  tokenSource: 'provider_usage_output_tokens',
  path: () => '/messages',
  body: messagesBody,
  decode: decodeEvent,
  endMarks: ['message_stop', '"stop_reason":"', '"stop_reason": "'],
}

function messagesBody({ model, profile, metadata }: Plan): Record<string, unknown> {
  return {
    model,
    max_tokens: profile.maxOutputTokens,
    messages: [{ role: 'user', content: profile.prompt }],
    ...(metadata.omit_temperature === true ? {} : { temperature: profile.temperature }),
    ...(metadata.reasoning_effort === undefined
      ? {}
      : { output_config: { effort: metadata.reasoning_effort } }),
    stream: true,
    ...metadata.additional_model_request_fields,
  }
}

function decodeEvent({ name, data: event }: Message): StreamEvent[] {
  switch (asText(event['type']) ?? name ?? '') {
    case 'message_start': {
      const message = asRecord(event['message'])
      // What is counted at the start is no total: the closing count comes with `message_delta`, or never.
      const opening = readUsage(message['usage'])
      const usage = opening === null ? null : { ...opening, outputTokens: null, reasoningTokens: null }
      return [
        ...identityEvents(message['id'], message['model']),
        ...usageEvents(usage),
        ...servedEvents(message),
      ]
    }
    case 'content_block_start':
      return blockEvents(asRecord(event['content_block']))
    case 'content_block_delta':
      return deltaEvents(asRecord(event['delta']))
    case 'message_delta':
      return [
        ...usageEvents(readUsage(event['usage'])),
        ...finishEvents(asRecord(event['delta'])['stop_reason']),
      ]
    case 'message_stop':
      return [{ type: 'terminator' }]
    case 'message':
      return [
        ...wholeTextEvents(wholeText(event)),
        ...usageEvents(readUsage(event['usage'])),
        ...finishEvents(event['stop_reason']),
      ]
    case 'error':
      return [{ type: 'error', error: readKnownError(event) }]
    default:
      return []
  }
}

/** The text of an answer that was not streamed. */
function wholeText(message: JsonRecord): StreamEvent[] {
  return asList(message['content']).flatMap((block) => textEvents(asRecord(block)['text']))
}

/** A thinking block without text is reasoning that is not shown. */
function blockEvents(block: JsonRecord): StreamEvent[] {
  const events = [...reasoningEvents(block['thinking']), ...textEvents(block['text'])]
  const hidden = block['type'] === 'redacted_thinking'
  return hidden ? [{ type: 'redacted-reasoning' }] : events
}

function deltaEvents(delta: JsonRecord): StreamEvent[] {
  const signed = delta['type'] === 'signature_delta' && asText(delta['signature']) !== null
  return [
    ...reasoningEvents(delta['thinking']),
    ...textEvents(delta['text']),
    ...(signed ? [{ type: 'signed-reasoning' as const }] : []),
  ]
}

function readUsage(value: unknown): Usage | null {
  if (!isRecord(value)) return null
  return {
    ...NO_USAGE,
    inputTokens: asCount(value['input_tokens']),
    outputTokens: asCount(value['output_tokens']),
    reasoningTokens: asCount(asRecord(value['output_tokens_details'])['thinking_tokens']),
    cachedInputTokens: asCount(value['cache_read_input_tokens']),
  }
}
