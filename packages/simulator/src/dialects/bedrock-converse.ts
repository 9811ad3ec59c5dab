/** Amazon Bedrock's ConverseStream: AWS event-stream frames, checksums included. */
import { EventStreamCodec } from '@smithy/eventstream-codec'
import { finishWord, textTruth } from './dialect.ts'
import type { Answer, Dialect, ErrorDocument, EventWriter, WireEvent } from './dialect.ts'

type Json = Readonly<Record<string, unknown>>
type BlockType = 'text' | 'reasoning'

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes).toString('utf8'),
  (text) => Buffer.from(text, 'utf8'),
)

export const bedrockConverse: Dialect = {
  name: 'bedrock-converse',
  contentType: 'application/vnd.amazon.eventstream',
  requestIdHeader: 'x-amzn-requestid',
  responseId: () => null,
  createWriter,
  errorDocument,
}

function createWriter(answer: Answer): EventWriter {
  const { settings, usage } = answer
  const stopReason = finishWord(settings, { stop: 'end_turn', length: 'max_tokens' })
  let block: BlockType | undefined
  let contentBlockIndex = -1
  let frames = 0

  function event(type: string, payload: Json, truth: Omit<WireEvent, 'bytes'>): WireEvent {
    frames += 1
    // The service pads its payloads so that their lengths tell nothing of the text.
    const padded = { ...payload, p: 'abcdefghijklmnopqrstuvwxyz'.slice(0, 2 + (frames % 24)) }
    return { ...truth, bytes: frame({ ':event-type': type, ':message-type': 'event' }, padded) }
  }
  /** Blocks of text and reasoning have a stop and no start. */
  function enter(type: BlockType): WireEvent[] {
    if (block === type) return []
    const closed = leave()
    block = type
    contentBlockIndex += 1
    return closed
  }
  function leave(): WireEvent[] {
    if (block === undefined) return []
    block = undefined
    return [event('contentBlockStop', { contentBlockIndex }, { kinds: ['structure'] })]
  }
  function delta(type: BlockType, content: Json, truth: Omit<WireEvent, 'bytes'>): WireEvent[] {
    const closed = enter(type)
    return [...closed, event('contentBlockDelta', { contentBlockIndex, delta: content }, truth)]
  }

  return {
    comment: () => [],
    start: () => [event('messageStart', { role: 'assistant' }, { kinds: ['role'] })],
    reasoning: (text) =>
      settings.reasoning_field === 'redacted'
        ? delta(
            'reasoning',
            { reasoningContent: { redactedContent: 'cmVkYWN0ZWQ=' } },
            { kinds: ['redacted'] },
          )
        : delta('reasoning', { reasoningContent: { text } }, { kinds: ['reasoning'], reasoning: text }),
    text: (text) => delta('text', { text }, textTruth(text)),
    finish: () => [
      ...leave(),
      event('messageStop', { stopReason }, { kinds: ['finish'], finish: stopReason }),
    ],
    trailer: () => {
      if (settings.usage_placement === 'none') return []
      const { inputTokens, outputTokens } = usage
      const metadata = {
        usage: { inputTokens, outputTokens, totalTokens: inputTokens + outputTokens },
        metrics: { latencyMs: Math.round(answer.durationMs) },
      }
      // Converse reports no reasoning tokens.
      return [event('metadata', metadata, { kinds: ['usage'], usage: { ...usage, reasoningTokens: null } })]
    },
    error: ({ type, message, status }) => {
      const origin = type === 'modelStreamErrorException' ? { originalStatusCode: status ?? 500 } : {}
      const headers = { ':exception-type': type, ':message-type': 'exception' }
      return [{ bytes: frame(headers, { message, ...origin }), kinds: ['error'] }]
    },
  }
}

function frame(headers: Readonly<Record<string, string>>, payload: Json): Buffer {
  const entries = Object.entries({ ...headers, ':content-type': 'application/json' })
  const encoded = codec.encode({
    headers: Object.fromEntries(entries.map(([name, value]) => [name, { type: 'string', value }])),
    body: Buffer.from(JSON.stringify(payload)),
  })
  return Buffer.from(encoded.buffer, encoded.byteOffset, encoded.byteLength)
}

/** The frame with a message checksum that does not match. */
export function spoilChecksum(bytes: Buffer): Buffer {
  const spoiled = Buffer.from(bytes)
  const last = spoiled.length - 1
  spoiled[last] = (spoiled[last] ?? 0) ^ 0xff
  return spoiled
}

const TYPES: Readonly<Record<number, string>> = {
  400: 'ValidationException',
  403: 'AccessDeniedException',
  404: 'ResourceNotFoundException',
  408: 'ModelTimeoutException',
  424: 'ModelErrorException',
  429: 'ThrottlingException',
  503: 'ServiceUnavailableException',
}

function errorDocument(status: number, type: string | undefined, message: string): ErrorDocument {
  const name = type ?? TYPES[status] ?? 'InternalServerException'
  return { body: { message }, headers: { 'x-amzn-errortype': `${name}:http://internal.example/` } }
}
