/** OpenAI chat completions, with the ways in which vendors differ. */
import { finishWord, withUsage } from './dialect.ts'
import type { Answer, Dialect, ErrorEvent, EventWriter, WireEvent } from './dialect.ts'
import { chatDeltas } from './openai-chat-delta.ts'
import { openaiErrorDocument } from './openai-error.ts'
import { createUsagePlaces } from './openai-usage.ts'
import { createSseEncoder } from './sse.ts'

type Json = Readonly<Record<string, unknown>>
type Truth = Omit<WireEvent, 'bytes'>

export const openaiChat: Dialect = {
  name: 'openai-chat',
  contentType: 'text/event-stream; charset=utf-8',
  requestIdHeader: 'x-request-id',
  responseId: (runId) => `chatcmpl-${runId}`,
  createWriter,
  errorDocument: openaiErrorDocument,
}

function createWriter(answer: Answer): EventWriter {
  const { settings } = answer
  const sse = createSseEncoder(settings)
  const places = createUsagePlaces(answer)
  const deltas = chatDeltas(settings)
  const finishReason = finishWord(settings, { stop: 'stop', length: 'length' })
  const head = {
    id: `chatcmpl-${answer.runId}`,
    object: 'chat.completion.chunk',
    created: answer.createdAtSeconds,
    model: answer.model,
  }
  const done = (): WireEvent[] =>
    settings.done_marker ? [{ bytes: sse.event('[DONE]'), kinds: ['done'] }] : []

  function chunk(choices: readonly Json[], fields: Json, truth: Truth): WireEvent {
    return { ...truth, bytes: sse.event({ ...head, choices, ...fields }) }
  }
  function delta(content: Json, truth: Truth, words = ''): WireEvent {
    const { fields, reported } = places.onDelta(words)
    return chunk([choice(content, null)], fields, withUsage(truth, reported))
  }

  return {
    comment: () => [{ bytes: sse.comment('STILL WORKING'), kinds: ['comment'] }],
    start: () => [
      ...(settings.prompt_filter_chunk ? [promptFilterChunk(sse.event)] : []),
      ...(settings.role_chunk ? [delta({ role: 'assistant', content: '' }, { kinds: ['role'] })] : []),
    ],
    reasoning: (text) => deltas.reasoning(text).map(({ content, truth }) => delta(content, truth, text)),
    text: (text) => deltas.text(text).map(({ content, truth }) => delta(content, truth, text)),
    finish: () => {
      const closing = deltas.closing().map(({ content, truth }) => delta(content, truth))
      const { fields, reported } = places.onFinish()
      const truth = withUsage({ kinds: ['finish'], finish: finishReason }, reported)
      return [...closing, chunk([choice({}, finishReason)], fields, truth)]
    },
    trailer: () => {
      const after = places.afterFinish(choice, finishReason)
      const usageChunk = after === null ? [] : [chunk(after.choices, after.fields, after.truth)]
      return [...usageChunk, ...done()]
    },
    error: (error) => errorEvents(error, sse, { head, usage: places.total, done: done() }),
  }
}

function choice(delta: Json, finishReason: string | null): Json {
  return { index: 0, delta, logprobs: null, finish_reason: finishReason }
}

function promptFilterChunk(event: (data: unknown) => Buffer): WireEvent {
  const results = { violence: { filtered: false, severity: 'safe' } }
  const data = {
    id: '',
    object: '',
    created: 0,
    model: '',
    choices: [],
    prompt_filter_results: [{ prompt_index: 0, content_filter_results: results }],
  }
  return { bytes: event(data), kinds: ['structure'] }
}

function errorEvents(
  error: ErrorEvent,
  sse: ReturnType<typeof createSseEncoder>,
  rest: { head: Json; usage: Json; done: WireEvent[] },
): WireEvent[] {
  const { status, type, code, message } = error
  const body = {
    message,
    type,
    code: code ?? null,
    ...(status === undefined ? {} : { status_code: status }),
  }
  const kinds = ['error'] as const
  switch (error.form) {
    case 'event':
      return [{ bytes: sse.event({ error: body }, 'error'), kinds }]
    case 'field':
      return [{ bytes: sse.field('error', body), kinds }]
    case 'data':
      return [{ bytes: sse.event({ error: { ...body, code: code ?? status ?? null } }), kinds }, ...rest.done]
    case 'chunk': {
      const choices = [choice({ role: 'assistant', content: '' }, null)]
      const error = { code: status ?? code ?? type, message }
      return [{ bytes: sse.event({ ...rest.head, error, choices, usage: rest.usage }), kinds }, ...rest.done]
    }
  }
}
