/** What a wire format is to the simulator: events as bytes, made before the stream starts. */
import type { Usage } from '../outline.ts'
import type { Fault } from '../fault.ts'
import type { ScenarioSettings } from '../scenario.ts'

export type DialectName =
  | 'openai-chat'
  | 'openai-completions'
  | 'openai-responses'
  | 'anthropic-messages'
  | 'gemini'
  | 'bedrock-converse'

/** What a write carried, in the judge's words. */
export type EventKind =
  | 'comment'
  | 'role'
  | 'structure'
  | 'empty'
  | 'reasoning'
  | 'redacted'
  | 'text'
  | 'usage'
  | 'finish'
  | 'done'
  | 'error'

/** One event on the wire and what is true of it. */
export type WireEvent = {
  readonly bytes: Buffer
  readonly kinds: readonly EventKind[]
  /** Non-empty visible text, when the event carries any. */
  readonly text?: string
  readonly reasoning?: string
  /** Present on an event that reports usage. */
  readonly usage?: Usage
  /** The finish in the dialect's own word. */
  readonly finish?: string
}

/** Makes an event of that type. */
export type Emit = (type: string, data: object, truth: Omit<WireEvent, 'bytes'>) => WireEvent

export type ErrorEvent = Extract<Fault, { kind: 'error_event' }>

/** Everything an answer says, known before its first byte. */
export type Answer = {
  readonly model: string
  /** Stands in for the run's id until the run begins. */
  readonly runId: string
  readonly createdAtSeconds: number
  readonly settings: ScenarioSettings
  readonly usage: Usage
  /** From the request being read to the last delta, ms: what the server says about its own time. */
  readonly durationMs: number
}

/** Writes the events of one answer in order; a beat without an event of its own gives none. */
export type EventWriter = {
  readonly comment: () => WireEvent[]
  readonly start: () => WireEvent[]
  readonly reasoning: (text: string) => WireEvent[]
  /** A text delta; `''` is an empty one. */
  readonly text: (text: string) => WireEvent[]
  readonly finish: () => WireEvent[]
  readonly trailer: () => WireEvent[]
  readonly error: (error: ErrorEvent) => WireEvent[]
}

export type ErrorDocument = {
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export type Dialect = {
  readonly name: DialectName
  readonly contentType: string
  /** The response header that carries the run's id. */
  readonly requestIdHeader: string
  readonly createWriter: (answer: Answer) => EventWriter
  /** The id of the response inside the stream, or null where the dialect has none. */
  readonly responseId: (runId: string) => string | null
  /** The document of an HTTP error. */
  readonly errorDocument: (status: number, type: string | undefined, message: string) => ErrorDocument
}

/** The dialect's own word for the two common ends; any other word is sent as it is. */
export function finishWord(settings: ScenarioSettings, words: { stop: string; length: string }): string {
  const word = settings.finish_reason
  return word === 'stop' || word === 'length' ? words[word] : word
}

/** The truth of an event that also reports usage, or does not. */
export function withUsage(
  truth: Omit<WireEvent, 'bytes'>,
  usage: Usage | undefined,
): Omit<WireEvent, 'bytes'> {
  return usage === undefined ? truth : { ...truth, kinds: [...truth.kinds, 'usage'], usage }
}

/** The kind and the truth of a text delta. */
export function textTruth(text: string): Pick<WireEvent, 'kinds' | 'text'> {
  return text === '' ? { kinds: ['empty'] } : { kinds: ['text'], text }
}
