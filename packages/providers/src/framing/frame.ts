/** One message of a stream, whatever the framing, stamped with the arrival of the read that completed it. */
export type Frame = {
  /** SSE event name, AWS `:event-type` or `:exception-type`; null when the wire gives none. */
  readonly name: string | null
  readonly data: string
  /** `fault` is what the framing itself marks as an error: an AWS exception frame, an SSE `error:` line. */
  readonly kind: 'event' | 'fault'
  /** Monotonic nanoseconds of the completing read. */
  readonly atNs: bigint
}
