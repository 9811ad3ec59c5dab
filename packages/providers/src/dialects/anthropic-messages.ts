/** Anthropic Messages: typed events; usage is cumulative and comes in pieces. */
import type { ProviderFault } from '../errors.ts'
import type { StreamEvent } from '../events.ts'
import { identityEvents, reasoningEvents, textEvents } from '../events.ts'
import { finishEvents } from '../finish.ts'
import type { Frame } from '../framing/frame.ts'
import { asCount, asRecord, asText, isRecord, parseJson } from '../json.ts'
import type { JsonRecord } from '../json.ts'
import type { Plan } from '../plan.ts'
import type { Dialect } from './dialect.ts'
import { readErrorBody, readHttpFault } from './openai-usage.ts'

export const anthropicMessages: Dialect = {
  mode: 'messages',
  requestMode: 'anthropic_messages_stream',
  framing: 'sse',
  tokenSource: 'provider_usage_output_tokens',
  path: () => '/messages',
  body: messagesBody,
  createDecoder: () => decodeFrame,
  readFault: (status, _headers, body) => readHttpFault(status, body),
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

function decodeFrame(frame: Frame): StreamEvent[] {
  const event = parseJson(frame.data)
  if (!isRecord(event)) return [{ type: 'malformed', detail: 'An event is no JSON object' }]
  switch (asText(event['type']) ?? frame.name ?? '') {
    case 'message_start': {
      const message = asRecord(event['message'])
      return [...identityEvents(message['id'], message['model']), ...usageOf(message['usage'])]
    }
    case 'content_block_start':
      return blockEvents(asRecord(event['content_block']))
    case 'content_block_delta': {
      const delta = asRecord(event['delta'])
      return [...reasoningEvents(delta['thinking']), ...textEvents(delta['text'])]
    }
    case 'message_delta':
      return [...usageOf(event['usage']), ...finishEvents(asRecord(event['delta'])['stop_reason'])]
    case 'error':
      return [{ type: 'error', fault: faultOf(event) }]
    default:
      return isRecord(event['error']) ? [{ type: 'error', fault: faultOf(event) }] : []
  }
}

function blockEvents(block: JsonRecord): StreamEvent[] {
  if (block['type'] === 'redacted_thinking') return [{ type: 'redacted-reasoning' }]
  return [...reasoningEvents(block['thinking']), ...textEvents(block['text'])]
}

function usageOf(value: unknown): StreamEvent[] {
  if (!isRecord(value)) return []
  const usage = {
    inputTokens: asCount(value['input_tokens']),
    outputTokens: asCount(value['output_tokens']),
    reasoningTokens: asCount(asRecord(value['output_tokens_details'])['thinking_tokens']),
    totalTokens: null,
  }
  return [{ type: 'usage', usage }]
}

function faultOf(event: JsonRecord): ProviderFault {
  return (
    readErrorBody(event) ?? { status: null, type: null, code: null, message: 'An error event without words' }
  )
}
