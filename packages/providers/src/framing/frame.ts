/** One message of a stream, whatever the framing, stamped with the arrival of the read that completed it. */
export type Frame = {
  /** SSE event name, AWS `:event-type` or `:exception-type`; null when the wire gives none. */
  readonly name: string | null
  readonly data: string
  /**
   * `error` is what the framing itself marks as one: an AWS exception frame, an SSE `error:` line. `stray` are bytes
   * that belong to no message: lines of a raw JSON error, a page of HTML, words. `cut` is an event that the end of the
   * stream left unfinished.
   */
  readonly kind: 'event' | 'error' | 'stray' | 'cut'
  /** Monotonic nanoseconds of the completing read. */
  readonly atNs: bigint
}
