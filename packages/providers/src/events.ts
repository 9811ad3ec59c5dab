/** What a stream says, in one vocabulary for every wire format. Decoders emit these; milestones and metrics read them. */
import type { ProviderError } from './provider-error.ts'
import type { FinishReason } from './result.ts'

/** Token counts as the provider reports them; null means not reported and is never 0. */
export type Usage = {
  readonly inputTokens: number | null
  /** All generated tokens. Where a provider excludes reasoning, its decoder has already added it. */
  readonly outputTokens: number | null
  readonly reasoningTokens: number | null
  readonly totalTokens: number | null
  /** Input tokens that the provider read from a cache. */
  readonly cachedInputTokens: number | null
  /** Generated tokens that are no reasoning, where the provider counts them apart (Gemini's candidates). */
  readonly visibleTokens: number | null
}

/** Usage of which nothing is known. */
export const NO_USAGE: Usage = {
  inputTokens: null,
  outputTokens: null,
  reasoningTokens: null,
  totalTokens: null,
  cachedInputTokens: null,
  visibleTokens: null,
}

export type Facts = Readonly<Record<string, string | number | boolean | null>>

export type StreamEvent =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'reasoning'; readonly text: string }
  /** Reasoning that the provider does not show, or shows encrypted. */
  | { readonly type: 'redacted-reasoning' }
  /** The provider signed a reasoning block: there was reasoning, shown or not. */
  | { readonly type: 'signed-reasoning' }
  | { readonly type: 'refusal' }
  | { readonly type: 'usage'; readonly usage: Usage }
  /** The provider's word for the end, and what it means; `word` is null where the end was told without one. */
  | { readonly type: 'finish'; readonly reason: FinishReason; readonly word: string | null }
  /** Nothing follows by the wire format's own rule: `[DONE]`, `message_stop`, `response.completed`. */
  | { readonly type: 'terminator' }
  | { readonly type: 'response-id'; readonly id: string }
  | { readonly type: 'served-model'; readonly model: string }
  | { readonly type: 'server-timing'; readonly timing: Facts }
  /** Who answered, as far as this message tells. */
  | {
      readonly type: 'served-by'
      readonly upstreamProvider: string | null
      readonly serviceTier: string | null
      readonly systemFingerprint: string | null
    }
  | { readonly type: 'error'; readonly error: ProviderError }
  /** Words in a message of no known kind: the reason of a stream that does not end well, else nothing. */
  | { readonly type: 'remark'; readonly error: ProviderError }
  /** The text of the answer so far in one piece, as some formats repeat it behind its deltas. */
  | { readonly type: 'whole-text'; readonly text: string }
  /** Something that is not what the wire format says, with its words: counted, and never passed over in silence. */
  | { readonly type: 'malformed'; readonly words: string }
  /** A whole answer, or chunks of one, outside the events of the stream: the server does not stream. */
  | { readonly type: 'unstreamed'; readonly words: string }

/** An event with the arrival of the read that completed its frame, in monotonic nanoseconds. */
export type StampedEvent = StreamEvent & { readonly atNs: bigint }

/** The delta as events: nothing when it is null, missing or empty, because an empty delta is no token. */
export function textEvents(value: unknown): StreamEvent[] {
  return deltaEvents('text', value)
}

/** The same for reasoning. */
export function reasoningEvents(value: unknown): StreamEvent[] {
  return deltaEvents('reasoning', value)
}

/** A delta that is no text cannot be counted as any: the message is malformed. A flag or an empty list is no delta. */
function deltaEvents(type: 'text' | 'reasoning', value: unknown): StreamEvent[] {
  if (value === null || value === undefined || value === '' || typeof value === 'boolean') return []
  if (typeof value === 'string') return [{ type, text: value }]
  if (typeof value === 'object' && Object.keys(value).length === 0) return []
  return [
    {
      type: 'malformed',
      words: `A ${type} delta is of type ${Array.isArray(value) ? 'array' : typeof value}`,
    },
  ]
}

type UnreadEvent = Extract<StreamEvent, { readonly type: 'malformed' | 'unstreamed' }>

/** Whether the event is something of the stream that could not be read: it may have held text. */
export function isUnread<Event extends StreamEvent>(event: Event): event is Event & UnreadEvent {
  return event.type === 'malformed' || event.type === 'unstreamed'
}

/** The texts among these events as the answer's text in one piece; nothing where there is none. */
export function wholeTextEvents(parts: readonly StreamEvent[]): StreamEvent[] {
  const text = parts.map((part) => (part.type === 'text' ? part.text : '')).join('')
  return text === '' ? [] : [{ type: 'whole-text', text }]
}

/** Id and served model of a message, as events; `""` is null. */
export function identityEvents(id: unknown, model: unknown): StreamEvent[] {
  const events: StreamEvent[] = []
  if (typeof id === 'string' && id !== '') events.push({ type: 'response-id', id })
  if (typeof model === 'string' && model !== '') events.push({ type: 'served-model', model })
  return events
}
