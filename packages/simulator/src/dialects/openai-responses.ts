/** OpenAI's Responses API: named events with a sequence number each. */
import type { Usage } from '../outline.ts'
import { textTruth, withUsage } from './dialect.ts'
import type { Answer, Dialect, Emit, ErrorEvent, EventWriter, WireEvent } from './dialect.ts'
import { openaiErrorDocument } from './openai-error.ts'
import { createOutputItems } from './openai-responses-items.ts'
import { createSseEncoder } from './sse.ts'

export const openaiResponses: Dialect = {
  name: 'openai-responses',
  contentType: 'text/event-stream; charset=utf-8',
  requestIdHeader: 'x-request-id',
  responseId: (runId) => `resp_${runId}`,
  createWriter,
  errorDocument: openaiErrorDocument,
}

function createWriter(answer: Answer): EventWriter {
  const { settings, usage } = answer
  const sse = createSseEncoder(settings)
  let sequence = 0

  const emit: Emit = (type, data, truth) => {
    const event = sse.event({ type, ...data, sequence_number: sequence }, type)
    sequence += 1
    return { ...truth, bytes: event }
  }
  const items = createOutputItems(answer, emit)
  const lifecycle = (type: string, fields: object, truth: Omit<WireEvent, 'bytes'>): WireEvent =>
    emit(type, { response: responseOf(answer, fields) }, truth)
  const structure = { kinds: ['structure'] as const }

  return {
    comment: () => [{ bytes: sse.comment('STILL WORKING'), kinds: ['comment'] }],
    start: () => [
      lifecycle('response.created', { status: 'in_progress' }, structure),
      lifecycle('response.in_progress', { status: 'in_progress' }, structure),
    ],
    reasoning: items.reasoning,
    text: (text) => items.text(text, textTruth(text)),
    finish: () => {
      const { type, fields, finish } = endOf(settings.finish_reason)
      const closing = items.close()
      const told = { ...fields, output: items.output() }
      const reported = settings.usage_placement === 'none' ? undefined : usage
      const data = reported === undefined ? told : { ...told, usage: responsesUsage(usage) }
      return [...closing, lifecycle(type, data, withUsage({ kinds: ['finish'], finish }, reported))]
    },
    trailer: () => [],
    error: (error) => [
      emit('error', { error: errorBody(error) }, { kinds: ['error'] }),
      lifecycle('response.failed', { status: 'failed', error: errorBody(error) }, { kinds: ['error'] }),
    ],
  }
}

/** Anything but a regular end is an incomplete response with that reason. */
function endOf(word: string): { type: string; fields: object; finish: string } {
  if (word === 'stop' || word === 'completed') {
    return { type: 'response.completed', fields: { status: 'completed' }, finish: 'completed' }
  }
  const reason = word === 'length' ? 'max_output_tokens' : word
  const fields = { status: 'incomplete', incomplete_details: { reason } }
  return { type: 'response.incomplete', fields, finish: `incomplete:${reason}` }
}

function responseOf({ runId, createdAtSeconds, model }: Answer, fields: object): object {
  return {
    id: `resp_${runId}`,
    object: 'response',
    created_at: createdAtSeconds,
    error: null,
    incomplete_details: null,
    model,
    output: [],
    usage: null,
    ...fields,
  }
}

function responsesUsage({ inputTokens, outputTokens, reasoningTokens }: Usage): object {
  return {
    input_tokens: inputTokens,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: outputTokens,
    ...(reasoningTokens === null ? {} : { output_tokens_details: { reasoning_tokens: reasoningTokens } }),
    total_tokens: inputTokens + outputTokens,
  }
}

function errorBody({ type, code, message }: ErrorEvent): object {
  return { type, code: code ?? type, message, param: null }
}
