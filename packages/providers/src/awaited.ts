/** Whether anything is still awaited of a stream that goes on: a server may leave its connection open after the end. Pure. */
import { decodeStream } from './decode.ts'
import type { Dialect } from './dialects/dialect.ts'
import type { StampedEvent } from './events.ts'
import { holdsVisibleContent } from './metrics/milestones.ts'
import { findStreamEnd } from './outcome.ts'
import type { EndCheck } from './transport/record.ts'
import type { TapeRead } from './transport/tape.ts'

/** After the wire format's own end mark only the end of the body is owed. */
const AFTER_TERMINATOR_NS = 1_000_000_000n
/** After a finish marker usage may be owed, and the end mark where the format has one. */
const AFTER_FINISH_NS = 5_000_000_000n

/** How the transport recognises the end of a stream of that dialect. */
export function endCheckOf(dialect: Dialect): EndCheck {
  return {
    mayHaveEnded: (tail) => mayHaveEnded(dialect, tail),
    awaitedUntilNs: (reads) => awaitedUntilNs(dialect, reads),
  }
}

/** Whether the last bytes of a stream may belong to its end: a search for a text, cheap beside a running stream. */
function mayHaveEnded({ endMarks }: Dialect, tail: Uint8Array): boolean {
  const bytes = Buffer.from(tail.buffer, tail.byteOffset, tail.byteLength)
  return endMarks.some((mark) => bytes.includes(mark))
}

/** The monotonic moment from which nothing is awaited any more, or null while the stream goes on. */
function awaitedUntilNs(dialect: Dialect, reads: readonly TapeRead[]): bigint | null {
  const { events } = decodeStream(dialect, reads)
  const { terminatorNs, finish, endedWell, isDoubtful } = findStreamEnd(events)
  if (terminatorNs !== null) return terminatorNs + AFTER_TERMINATOR_NS
  if (finish === null || !endedWell || isDoubtful) return null
  return finish.reason === 'stop' && isBeforeAll(events) ? null : finish.atNs + AFTER_FINISH_NS
}

/**
 * Whether nothing was generated yet. Gemini and what translates to its format send an empty message with `STOP` first,
 * while the model still thinks.
 */
function isBeforeAll(events: readonly StampedEvent[]): boolean {
  const isUsed = events.some((event) => event.type === 'usage' && (event.usage.outputTokens ?? 0) > 0)
  return !isUsed && !holdsVisibleContent(events)
}
