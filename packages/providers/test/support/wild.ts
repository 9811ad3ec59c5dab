/** Arbitrary bytes, JSON and damage, as fast-check makes them. */
import fc from 'fast-check'
import type { EventStreamFrame } from './eventstream.ts'
import { encodeEventStream } from './eventstream.ts'

/** Every field a decoder looks at, and names that objects inherit. */
const KEYS = [
  ...`id model choices delta content text type reasoning reasoning_content summary thinking refusal tool_calls
  finish_reason usage x_groq prompt_tokens total_tokens completion_tokens completion_tokens_details reasoning_tokens
  timings time_info object latency_checkpoint perf_metrics error message code status status_code details reason
  metadata raw error_code error_type response incomplete_details output_tokens item input_tokens
  output_tokens_details thinking_tokens content_block stop_reason candidates parts thought functionCall finishReason
  promptFeedback blockReason usageMetadata candidatesTokenCount thoughtsTokenCount responseId modelVersion
  reasoningContent start redactedContent stopReason metrics originalStatusCode originalMessage detail
  __proto__ constructor toString length`.split(/\s+/),
  '',
]

const WORDS = [
  ...`text reasoning thinking stop length error failed completed incomplete [DONE] content_block_delta
  content_block_start message_start message_delta redacted_thinking response.output_text.delta response.completed
  response.failed response.refusal.delta SAFETY 429`.split(/\s+/),
  '',
  ' ',
  '\n',
  '\uFEFF',
  '\0',
  'größe 👍',
]

const scalar = fc.oneof(
  fc.constantFrom(...WORDS),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom(
    null,
    true,
    false,
    0,
    -0,
    -1,
    0.5,
    200,
    429,
    599,
    2 ** 53 - 1,
    2 ** 53,
    -(2 ** 53),
    1e308,
    5e-324,
  ),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.nat(400).map((length) => 'x'.repeat(length)),
)

/** JSON whose objects use the names that decoders look at, as text: so that `__proto__` is a key like any other. */
export const wildJson: fc.Arbitrary<string> = fc.letrec<{ value: string; list: string; record: string }>(
  (tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      scalar.map((value) => JSON.stringify(value)),
      tie('record'),
      tie('list'),
    ),
    list: fc.array(tie('value'), { maxLength: 4 }).map((values) => `[${values.join(',')}]`),
    record: fc
      .array(fc.tuple(fc.constantFrom(...KEYS), tie('value')), { maxLength: 6 })
      .map((fields) => `{${fields.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(',')}}`),
  }),
).record

const EVENT_NAMES = [
  'error',
  'message_start',
  'content_block_delta',
  'response.failed',
  'contentBlockDelta',
  '',
]
const FRAME_NAMES = [
  'contentBlockDelta',
  'contentBlockStart',
  'messageStop',
  'metadata',
  'throttlingException',
  'x',
]

/** An SSE stream of such JSON, with now and then a name, an `error:` line, a comment or a broken line. */
export const wildSse: fc.Arbitrary<Buffer> = fc
  .array(
    fc.oneof(
      wildJson.map((json) => `data: ${json}\n\n`),
      fc
        .tuple(fc.constantFrom(...EVENT_NAMES), wildJson)
        .map(([name, json]) => `event: ${name}\ndata: ${json}\n\n`),
      wildJson.map((json) => `error: ${json}\n\n`),
      wildJson.map((json) => `: ${json}\r\n`),
      wildJson.map((json) => `data: ${json.slice(1)}\r\rdata: ${json}\n`),
    ),
    { maxLength: 6 },
  )
  .map((events) => Buffer.from(events.join('')))

/** AWS frames of such JSON. */
export const wildFrames: fc.Arbitrary<Buffer> = fc
  .array(fc.tuple(fc.constantFrom(...FRAME_NAMES), wildJson), { maxLength: 6 })
  .map((frames) =>
    encodeEventStream(
      frames.map(([type, json]): EventStreamFrame => ({ type, payload: JSON.parse(json) as unknown })),
    ),
  )

/** Damage to bytes: flips, a cut, a repetition, an insertion. */
export const damage: fc.Arbitrary<(bytes: Uint8Array) => Uint8Array> = fc
  .record({
    flips: fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { maxLength: 4 }),
    keep: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: 1, freq: 3 }),
    repeat: fc.option(fc.tuple(fc.nat(), fc.nat(400)), { nil: [0, 0] as const }),
    insert: fc.option(fc.tuple(fc.nat(), fc.uint8Array({ maxLength: 8 })), {
      nil: [0, new Uint8Array()] as const,
    }),
  })
  .map(({ flips, keep, repeat, insert }) => (bytes) => {
    const flipped = Uint8Array.from(bytes)
    for (const [at, bits] of flips) {
      if (flipped.length > 0) flipped[at % flipped.length] = (flipped[at % flipped.length] ?? 0) ^ bits
    }
    const from = repeat[0] % (flipped.length + 1)
    const at = insert[0] % (flipped.length + 1)
    const whole = Buffer.concat([
      flipped.subarray(0, at),
      insert[1],
      flipped.subarray(at),
      flipped.subarray(from, from + repeat[1]),
    ])
    return whole.subarray(0, Math.ceil(whole.length * keep))
  })

/** A change of one value in JSON: the nth scalar or container becomes something else entirely. */
export const swap: fc.Arbitrary<(json: unknown) => unknown> = fc
  .tuple(
    fc.nat(60),
    fc.oneof(
      scalar,
      wildJson.map((json): unknown => JSON.parse(json)),
    ),
  )
  .map(([target, value]) => (json) => {
    let seen = 0
    const walk = (node: unknown): unknown => {
      if (seen++ === target) return value
      if (Array.isArray(node)) return node.map(walk)
      if (typeof node !== 'object' || node === null) return node
      return Object.fromEntries(Object.entries(node).map(([key, entry]) => [key, walk(entry)]))
    }
    return walk(json)
  })
