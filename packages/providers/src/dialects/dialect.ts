/** A wire format several vendors share: how to ask, how to read the stream, how to read an error. */
import type { StreamEvent } from '../events.ts'
import type { JsonRecord } from '../json.ts'
import type { Plan } from '../plan.ts'
import type { ModeName } from '../provider.ts'
import type { ProviderError } from '../provider-error.ts'
import type { RequestMode, TokenSource } from '../result.ts'

export type Dialect = {
  readonly mode: ModeName
  readonly requestMode: RequestMode
  readonly framing: 'sse' | 'aws-event-stream'
  /** The media type a stream of this dialect is sent with. */
  readonly tokenSource: TokenSource
  /** Path below the vendor's base URL. */
  readonly path: (plan: Plan) => string
  readonly body: (plan: Plan) => Record<string, unknown>
  /** The events of one message. It never throws: a field of an unexpected type is absent or a `malformed` event. */
  readonly decode: (message: Message) => StreamEvent[]
  /** The error of a frame that the framing marks as one, where its name says more than its data. */
  readonly readErrorFrame?: (name: string | null, data: JsonRecord) => ProviderError
  /** The class of an error that a header of the failed answer names. */
  readonly errorTypeOf?: (headers: Readonly<Record<string, string>>) => string | null
  /** Texts of which one is in the bytes of a stream that is over, so that others need not be decoded while they run. */
  readonly endMarks: readonly string[]
}

/** One message of a stream as the dialects read it. */
export type Message = {
  /** SSE event name or AWS event type; null when the wire gives none. */
  readonly name: string | null
  readonly data: JsonRecord
}
