/** Google's `streamGenerateContent?alt=sse`: AI Studio, and Vertex with the usage only at the end. */
import type { Usage } from '../outline.ts'
import { finishWord, textTruth, withUsage } from './dialect.ts'
import type { Answer, Dialect, ErrorDocument, EventWriter, WireEvent } from './dialect.ts'
import { createSseEncoder } from './sse.ts'
import { countWords } from '../words.ts'

type Truth = Omit<WireEvent, 'bytes'>

export const gemini: Dialect = {
  name: 'gemini',
  contentType: 'text/event-stream',
  requestIdHeader: 'x-request-id',
  responseId: (runId) => runId,
  createWriter,
  errorDocument,
}

function createWriter({ settings, usage, runId, model }: Answer): EventWriter {
  const sse = createSseEncoder(settings)
  const finishReason = finishWord(settings, { stop: 'STOP', length: 'MAX_TOKENS' })
  const placement = settings.usage_placement ?? 'every_chunk_cumulative'
  let words = 0

  function chunk(
    parts: readonly unknown[],
    fields: object,
    truth: Truth,
    reported: Usage | undefined,
  ): WireEvent {
    const usageMetadata = reported === undefined ? { trafficType: 'ON_DEMAND' } : usageFields(reported)
    const candidates = [{ content: { parts, role: 'model' }, ...fields, index: 0 }]
    const data = { candidates, usageMetadata, modelVersion: model, responseId: runId }
    return { ...withUsage(truth, reported), bytes: sse.event(data) }
  }
  /** Thinking is over, and counted, before the first visible words. */
  function soFar(text: string): Usage | undefined {
    words += countWords(text)
    if (placement !== 'every_chunk_cumulative') return undefined
    const visible = usage.outputTokens - (usage.reasoningTokens ?? 0)
    return { ...usage, outputTokens: (usage.reasoningTokens ?? 0) + Math.min(words, Math.max(0, visible)) }
  }

  return {
    comment: () => [{ bytes: sse.comment('STILL WORKING'), kinds: ['comment'] }],
    start: () => [],
    reasoning: (text) =>
      settings.reasoning_field === 'redacted'
        ? []
        : [chunk([{ text, thought: true }], {}, { kinds: ['reasoning'], reasoning: text }, soFar(''))],
    text: (text) => [chunk([{ text }], {}, textTruth(text), soFar(text))],
    finish: () => {
      const truth = { kinds: ['finish'] as const, finish: finishReason }
      return [chunk([{ text: '' }], { finishReason }, truth, placement === 'none' ? undefined : usage)]
    },
    trailer: () => [],
    error: ({ status = 500, type, message }) => [
      { bytes: sse.event({ error: { code: status, message, status: type } }), kinds: ['error'] },
    ],
  }
}

/** `candidatesTokenCount` leaves thinking out. */
function usageFields({ inputTokens, outputTokens, reasoningTokens }: Usage): object {
  return {
    promptTokenCount: inputTokens,
    candidatesTokenCount: outputTokens - (reasoningTokens ?? 0),
    totalTokenCount: inputTokens + outputTokens,
    ...(reasoningTokens === null || reasoningTokens === 0 ? {} : { thoughtsTokenCount: reasoningTokens }),
  }
}

const TYPES: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
  503: 'UNAVAILABLE',
}

function errorDocument(status: number, type: string | undefined, message: string): ErrorDocument {
  return { body: { error: { code: status, message, status: type ?? TYPES[status] ?? 'INTERNAL' } } }
}
