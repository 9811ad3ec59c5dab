/** What a stream says, in one vocabulary for every wire format. Decoders emit these; milestones and metrics read them. */
import type { ProviderFault } from './errors.ts'
import type { FinishReason } from './result.ts'

/** Token counts as the provider reports them; null means not reported and is never 0. */
export type Usage = {
  readonly inputTokens: number | null
  /** All generated tokens. Where a provider excludes reasoning, its decoder has already added it. */
  readonly outputTokens: number | null
  readonly reasoningTokens: number | null
  readonly totalTokens: number | null
}

export type Facts = Readonly<Record<string, string | number | boolean | null>>

export type StreamEvent =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'reasoning'; readonly text: string }
  | { readonly type: 'redacted-reasoning' }
  | { readonly type: 'refusal' }
  | { readonly type: 'usage'; readonly usage: Usage }
  | { readonly type: 'finish'; readonly reason: FinishReason }
  | { readonly type: 'response-id'; readonly id: string }
  | { readonly type: 'served-model'; readonly model: string }
  | { readonly type: 'server-timing'; readonly timing: Facts }
  | { readonly type: 'error'; readonly fault: ProviderFault }
  /** A frame that is not what the wire format says; counted, and an error where nothing else explains the run. */
  | { readonly type: 'malformed'; readonly detail: string }

/** An event with the arrival of the read that completed its frame, in monotonic nanoseconds. */
export type StampedEvent = StreamEvent & { readonly atNs: bigint }

/** The delta as events: nothing when it is null, missing or empty, because an empty delta is no token. */
export function textEvents(value: unknown): StreamEvent[] {
  return typeof value === 'string' && value !== '' ? [{ type: 'text', text: value }] : []
}

/** The same for reasoning. */
export function reasoningEvents(value: unknown): StreamEvent[] {
  return typeof value === 'string' && value !== '' ? [{ type: 'reasoning', text: value }] : []
}

/** Id and served model of a message, as events; `""` is null. */
export function identityEvents(id: unknown, model: unknown): StreamEvent[] {
  const events: StreamEvent[] = []
  if (typeof id === 'string' && id !== '') events.push({ type: 'response-id', id })
  if (typeof model === 'string' && model !== '') events.push({ type: 'served-model', model })
  return events
}
