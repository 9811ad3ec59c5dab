/** A wire format several vendors share: how to ask, how to read the stream, how to read an error. */
import type { Frame } from '../framing/frame.ts'
import type { StreamEvent } from '../events.ts'
import type { ProviderFault } from '../errors.ts'
import type { Plan } from '../plan.ts'
import type { ModeName } from '../provider.ts'
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
  /** A fresh decoder for one stream. It never throws: a frame it cannot read becomes a `malformed` event. */
  readonly createDecoder: () => Decoder
  /** What the body and headers of an answer with status >= 400 say. */
  readonly readFault: (
    status: number,
    headers: Readonly<Record<string, string>>,
    body: string,
  ) => ProviderFault
}

export type Decoder = (frame: Frame) => StreamEvent[]
