/** OpenAI's older text completions. */
import { finishWord, textTruth } from './dialect.ts'
import type { Answer, Dialect, EventWriter, WireEvent } from './dialect.ts'
import { openaiErrorDocument } from './openai-error.ts'
import { chatUsage } from './openai-usage.ts'
import { createSseEncoder } from './sse.ts'

export const openaiCompletions: Dialect = {
  name: 'openai-completions',
  contentType: 'text/event-stream; charset=utf-8',
  requestIdHeader: 'x-request-id',
  responseId: (runId) => `cmpl-${runId}`,
  createWriter,
  errorDocument: openaiErrorDocument,
}

function createWriter({ settings, usage, runId, createdAtSeconds, model }: Answer): EventWriter {
  const sse = createSseEncoder(settings)
  const finishReason = finishWord(settings, { stop: 'stop', length: 'length' })
  const placement = settings.usage_placement ?? 'choices_empty_chunk'
  const reported = { usage: chatUsage(usage), ...settings.usage_chunk_fields }

  function chunk(choices: readonly unknown[], fields: object, truth: Omit<WireEvent, 'bytes'>): WireEvent {
    const head = { id: `cmpl-${runId}`, object: 'text_completion', created: createdAtSeconds, model }
    return { ...truth, bytes: sse.event({ ...head, choices, ...fields }) }
  }
  const choice = (text: string, finish: string | null): unknown => ({
    text,
    index: 0,
    logprobs: null,
    finish_reason: finish,
  })

  return {
    comment: () => [{ bytes: sse.comment('STILL WORKING'), kinds: ['comment'] }],
    start: () => [],
    // This API has no place for reasoning.
    reasoning: () => [],
    text: (text) => [chunk([choice(text, null)], {}, textTruth(text))],
    finish: () =>
      placement === 'finish_chunk'
        ? [
            chunk([choice('', finishReason)], reported, {
              kinds: ['finish', 'usage'],
              finish: finishReason,
              usage,
            }),
          ]
        : [chunk([choice('', finishReason)], {}, { kinds: ['finish'], finish: finishReason })],
    trailer: () => {
      const inTrailer = placement !== 'finish_chunk' && placement !== 'none'
      const usageChunk = inTrailer ? [chunk([], reported, { kinds: ['usage'], usage })] : []
      const done: WireEvent[] = settings.done_marker ? [{ bytes: sse.event('[DONE]'), kinds: ['done'] }] : []
      return [...usageChunk, ...done]
    },
    error: ({ type, message, code }) => [
      { bytes: sse.event({ error: { message, type, code: code ?? null } }, 'error'), kinds: ['error'] },
    ],
  }
}
