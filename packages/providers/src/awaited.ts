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
const QUOTE = 0x22

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
  return endMarks.some((mark) => holdsMark(bytes, mark))
}

/** A mark that opens a text means one that is not empty: some servers send an empty finish with every chunk. */
function holdsMark(bytes: Buffer, mark: string): boolean {
  const isOpening = mark.endsWith(':"') || mark.endsWith(': "')
  for (let at = bytes.indexOf(mark); at >= 0; at = bytes.indexOf(mark, at + 1)) {
    if (!isOpening || bytes[at + mark.length] !== QUOTE) return true
  }
  return false
}

/** The monotonic moment from which nothing is awaited any more, or null while the stream goes on. */
function awaitedUntilNs(dialect: Dialect, reads: readonly TapeRead[]): bigint | null {
  const { events } = decodeStream(dialect, reads)
  const { terminatorNs, finish, endedWell, isDoubtful } = findStreamEnd(events)
  if (terminatorNs !== null) return terminatorNs + AFTER_TERMINATOR_NS
  if (finish === null || !endedWell || isDoubtful) return null
  const isSure = finish.reason !== 'stop' || usesTokens(events) || isApart(events, finish.atNs)
  return isSure ? finish.atNs + AFTER_FINISH_NS : null
}

function usesTokens(events: readonly StampedEvent[]): boolean {
  return events.some((event) => event.type === 'usage' && (event.usage.outputTokens ?? 0) > 0)
}

/**
 * Whether a stop came behind something that was generated, and not with it. Gemini and what translates to its format name
 * one in every message, or send an empty message with one first, while the model still thinks.
 */
function isApart(events: readonly StampedEvent[], finishNs: bigint): boolean {
  const content = events.findLast(({ type }) => type === 'text' || type === 'reasoning')
  return content !== undefined && content.atNs < finishNs && holdsVisibleContent(events)
}
