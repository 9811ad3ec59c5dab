/** What can go wrong with an answer, by the name a scenario gives it. */
import { z } from 'zod'

export const Milliseconds = z.number().min(0).max(86_400_000)
const Count = z.int().min(0).max(1_000_000)

const Printable = z.string().regex(/^[\t\x20-\x7e]*$/, { error: 'printable ASCII, as header values are' })

/** Response headers. How the body is framed is the simulator's own business. */
export const HeaderMap = z
  .record(
    z.string().regex(/^(?!(?:connection|content-length|transfer-encoding)$)[!#$%&'*+\-.^_`|~0-9a-z]+$/i),
    Printable,
  )
  .transform((headers) =>
    Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
  )

/**
 * `after_deltas` counts non-empty deltas, reasoning and text alike; 0 strikes after the opening events.
 * An error inside a 200 takes the form of its dialect; `form` chooses among those seen in OpenAI-style chat:
 * `event` (`event: error`), `chunk` (an error beside choices, then usage and the done marker), `data` (a bare error
 * object, then the done marker), `field` (a line of its own, outside any `data:`).
 */
export const Fault = z.discriminatedUnion('kind', [
  /** An HTTP error instead of a stream. Without `body` the dialect's own error document is sent. */
  z.strictObject({
    kind: z.literal('status'),
    status: z.int().min(200).max(599),
    body: z.union([z.string(), z.record(z.string(), z.unknown())]).optional(),
    type: Printable.optional(),
    message: z.string().optional(),
    headers: HeaderMap.optional(),
  }),
  /** Stops writing with the socket open: for `for_ms`, then goes on, or until the client leaves. */
  z.strictObject({ kind: z.literal('stall'), after_deltas: Count, for_ms: Milliseconds.optional() }),
  /** The connection dies: `fin` closes it after the bytes already written, `reset` may take them along. */
  z
    .strictObject({
      kind: z.literal('cut'),
      after_deltas: Count.optional(),
      after_bytes: Count.optional(),
      how: z.enum(['fin', 'reset']).default('fin'),
    })
    .refine((cut) => (cut.after_deltas === undefined) !== (cut.after_bytes === undefined), {
      error: 'cut takes either after_deltas or after_bytes',
    }),
  /** A clean end of the body in the middle of the answer. */
  z.strictObject({ kind: z.literal('close_without_finish'), after_deltas: Count }),
  /** An error inside a 200. Bedrock takes `type` as the exception's name, `throttlingException` for instance. */
  z.strictObject({
    kind: z.literal('error_event'),
    after_deltas: Count,
    form: z.enum(['event', 'chunk', 'data', 'field']).default('event'),
    status: z.int().min(100).max(999).optional(),
    code: z.string().optional(),
    type: z.string().min(1),
    message: z.string(),
  }),
  /** Reads the request and never writes a byte. */
  z.strictObject({ kind: z.literal('never_answers') }),
  /** So many events in one write, at the moment of the last of them. */
  z.strictObject({ kind: z.literal('coalesce'), events_per_write: z.int().min(1).max(100_000) }),
  /** Each event in pieces of so many bytes, `gap_ms` apart. */
  z.strictObject({ kind: z.literal('fragment'), bytes_per_write: z.int().min(1), gap_ms: Milliseconds }),
  /** The whole body at this pace: a byte at a time up to 1,000 a second, a millisecond's worth at a time above. */
  z.strictObject({ kind: z.literal('drip'), bytes_per_second: z.number().gt(0).max(1e9) }),
  /** The body as TCP's slow start brings it over a way with that round trip: no write before its bytes are due. */
  z.strictObject({
    kind: z.literal('slow_start'),
    round_trip_ms: Milliseconds,
    window_bytes: z.int().min(1000).max(10_000_000).default(14_600),
  }),
  /**
   * After the scenario's deltas at least so many megabytes (10^6 bytes) of further ones, as fast as they are taken,
   * then a regular end. The reported usage counts the scenario's deltas only.
   */
  z.strictObject({ kind: z.literal('flood'), megabytes: z.number().gt(0).max(100_000) }),
  /** After the scenario's deltas further ones for ever, `gap_ms` apart. */
  z.strictObject({ kind: z.literal('endless') }),
  /** AWS event stream: the last content frame carries a wrong message checksum. Elsewhere without effect. */
  z.strictObject({ kind: z.literal('bad_crc') }),
  /** 200 with a JSON document in place of the stream. */
  z.strictObject({ kind: z.literal('json_instead_of_stream') }),
  /** 200 with an HTML page, as a captive portal sends it. */
  z.strictObject({ kind: z.literal('html_200') }),
  /** 307. */
  z.strictObject({ kind: z.literal('redirect'), location: Printable.min(1) }),
  /** The connection is reset, with no byte written, as soon as the request has named the model. */
  z.strictObject({ kind: z.literal('not_accepted') }),
])
export type Fault = z.output<typeof Fault>
