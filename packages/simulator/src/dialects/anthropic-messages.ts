/** Anthropic messages, also behind Vertex's `:streamRawPredict`. */
import type { Usage } from '../outline.ts'
import { finishWord, textTruth, withUsage } from './dialect.ts'
import type { Answer, Dialect, ErrorDocument, EventWriter, WireEvent } from './dialect.ts'
import { createSseEncoder } from './sse.ts'

type Json = Readonly<Record<string, unknown>>
type BlockType = 'text' | 'thinking' | 'redacted_thinking'

export const anthropicMessages: Dialect = {
  name: 'anthropic-messages',
  contentType: 'text/event-stream; charset=utf-8',
  requestIdHeader: 'request-id',
  responseId: (runId) => `msg_${runId}`,
  createWriter,
  errorDocument,
}

function createWriter(answer: Answer): EventWriter {
  const { settings, usage } = answer
  const sse = createSseEncoder(settings)
  const stopReason = finishWord(settings, { stop: 'end_turn', length: 'max_tokens' })
  let block: BlockType | undefined
  let index = -1

  function named(type: string, data: Json, truth: Omit<WireEvent, 'bytes'>): WireEvent {
    return { ...truth, bytes: sse.event({ type, ...data }, type) }
  }
  const structure = (type: string, data: Json): WireEvent => named(type, data, { kinds: ['structure'] })

  function open(type: BlockType): WireEvent[] {
    if (block === type) return []
    const closed = close()
    block = type
    index += 1
    // A redacted block has all it has to say in its start.
    const kinds = type === 'redacted_thinking' ? (['redacted'] as const) : (['structure'] as const)
    return [...closed, named('content_block_start', { index, content_block: emptyBlock(type) }, { kinds })]
  }
  function close(): WireEvent[] {
    if (block === undefined) return []
    const signature = { type: 'signature_delta', signature: 'c2lnbmVk' }
    const signed = block === 'thinking' ? [structure('content_block_delta', { index, delta: signature })] : []
    block = undefined
    return [...signed, structure('content_block_stop', { index })]
  }

  return {
    comment: () => [named('ping', {}, { kinds: ['comment'] })],
    start: () => [structure('message_start', { message: message(answer) })],
    reasoning: (text) => {
      if (settings.reasoning_field === 'redacted') return open('redacted_thinking')
      const delta = { type: 'thinking_delta', thinking: text }
      return [
        ...open('thinking'),
        named('content_block_delta', { index, delta }, { kinds: ['reasoning'], reasoning: text }),
      ]
    },
    text: (text) => [
      ...open('text'),
      named('content_block_delta', { index, delta: { type: 'text_delta', text } }, textTruth(text)),
    ],
    finish: () => {
      const delta = { stop_reason: stopReason, stop_sequence: null }
      const reported = settings.usage_placement === 'none' ? undefined : usage
      const data = reported === undefined ? { delta } : { delta, usage: finalUsage(usage) }
      const truth = withUsage({ kinds: ['finish'], finish: stopReason }, reported)
      return [...close(), named('message_delta', data, truth)]
    },
    trailer: () => (settings.done_marker ? [named('message_stop', {}, { kinds: ['done'] })] : []),
    error: ({ type, message }) => [named('error', { error: { type, message } }, { kinds: ['error'] })],
  }
}

function emptyBlock(type: BlockType): Json {
  switch (type) {
    case 'text':
      return { type, text: '' }
    case 'thinking':
      return { type, thinking: '', signature: '' }
    case 'redacted_thinking':
      return { type, data: 'cmVkYWN0ZWQ=' }
  }
}

/** The opening message reports one output token, which is none of the final count. */
function message({ runId, model, usage, settings }: Answer): Json {
  return {
    id: `msg_${runId}`,
    type: 'message',
    role: 'assistant',
    model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    ...(settings.usage_placement === 'none'
      ? {}
      : { usage: { input_tokens: usage.inputTokens, output_tokens: 1 } }),
  }
}

function finalUsage({ outputTokens, reasoningTokens }: Usage): Json {
  const details = { output_tokens_details: { thinking_tokens: reasoningTokens } }
  return { output_tokens: outputTokens, ...(reasoningTokens === null ? {} : details) }
}

const TYPES: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error',
}

function errorDocument(status: number, type: string | undefined, message: string): ErrorDocument {
  return { body: { type: 'error', error: { type: type ?? TYPES[status] ?? 'api_error', message } } }
}
