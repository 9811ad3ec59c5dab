/** Tape reads to stamped events: framing, then JSON, then the dialect; what is no message is read as what it is. Pure. */
import type { Dialect } from './dialects/dialect.ts'
import type { StampedEvent, StreamEvent } from './events.ts'
import { createAwsEventStreamFramer } from './framing/aws-event-stream.ts'
import type { Frame } from './framing/frame.ts'
import { createSseFramer } from './framing/sse.ts'
import { isRecord } from './json.ts'
import type { JsonRecord } from './json.ts'
import { parseMessage } from './message.ts'
import { remarkOf } from './error-words.ts'
import { holdsEndMark, isNothing, readGlued } from './glued.ts'
import { holdsVisibleContent } from './metrics/milestones.ts'
import { isAnswer, readKnownError, readProviderError } from './provider-error.ts'
import type { ProviderError } from './provider-error.ts'
import { withoutRepeats } from './repeated-text.ts'
import type { TapeRead } from './transport/tape.ts'
import { isEndMark, isKeepAlive } from './stream-marks.ts'
import { plainWords } from './words.ts'

export type DecodedStream = {
  readonly events: readonly StampedEvent[]
  /** Arrival of the first frame that does more than keep the connection alive, null when none came. */
  readonly firstMessageNs: bigint | null
  /** Why the framing gave up, or null. */
  readonly framingFault: string | null
}

const WORDS_OF_A_FRAME = 500

/** Decodes a whole stream. Never throws: what cannot be read is an event or a fault. */
export function decodeStream(dialect: Dialect, reads: readonly TapeRead[]): DecodedStream {
  const framer = dialect.framing === 'sse' ? createSseFramer() : createAwsEventStreamFramer()
  const events: StampedEvent[] = []
  let firstMessageNs: bigint | null = null
  const take = (frames: readonly Frame[]): void => {
    for (const frame of frames) {
      const text = textOf(frame)
      if (!isKeepAlive(frame.name, text)) firstMessageNs ??= frame.atNs
      for (const event of eventsOf(dialect, frame, text)) events.push({ ...event, atNs: frame.atNs })
    }
  }
  for (const { bytes, atNs } of reads) take(framer.push(bytes, atNs))
  const { frames, fault } = framer.finish()
  take(frames)
  return { events: withoutRepeats(events), firstMessageNs, framingFault: fault }
}

/** Whether a stream so far holds any text or reasoning that a reader can see. */
export function holdsContent(dialect: Dialect, reads: readonly TapeRead[]): boolean {
  return holdsVisibleContent(decodeStream(dialect, reads).events)
}

/** The data of a frame; some servers pad it, and some gateways mark it as data once more. */
function textOf({ data }: Frame): string {
  const text = data.replaceAll('\0', '').trim()
  return text.startsWith('data:') ? text.replace(/^(?:data:\s{0,4})+/, '') : text
}

function eventsOf(dialect: Dialect, { kind, name }: Frame, text: string): StreamEvent[] {
  if (kind === 'stray') return text === '' ? [] : strayEvents(text)
  const isError = kind === 'error' || name === 'error'
  if (isEndMark(name, text)) return [{ type: 'terminator' }]
  if (!isError && isKeepAlive(name, text)) return []
  const value = parseMessage(text)
  if (isError) return [{ type: 'error', error: namedError(dialect, name, value, text) }]
  if (value === undefined) return gluedEvents(dialect, { kind, name }, text)
  if (value === null) return []
  if (typeof value === 'string') return malformedEvents(value)
  const records = (Array.isArray(value) ? value : [value]).filter(isRecord)
  if (records.length === 0) return Array.isArray(value) && value.length === 0 ? [] : malformedEvents(text)
  return records.flatMap((record) => messageEvents(dialect, name, record))
}

/** An event that is no JSON may hold several messages, or the beginning of one; the rest of it is counted. */
function gluedEvents(
  dialect: Dialect,
  { kind, name }: Pick<Frame, 'kind' | 'name'>,
  text: string,
): StreamEvent[] {
  const { messages, rest } = readGlued(text)
  const isPure = isNothing(rest)
  // Beside anything else an object may be a part of a message that was cut.
  const read = messages.filter(
    (message) => isPure || isAnswer(message) || readProviderError(message) !== null,
  )
  const events = read.flatMap((message) => messageEvents(dialect, name, message))
  const ends: StreamEvent[] = holdsEndMark(rest) ? [{ type: 'terminator' }] : []
  // What the end of the stream cut is only cut.
  if (isPure || kind === 'cut') return [...events, ...ends]
  return [...events, ...malformedEvents(read.length === 0 ? text : rest), ...ends]
}

function messageEvents(dialect: Dialect, name: string | null, data: JsonRecord): StreamEvent[] {
  const events = dialect.decode({ name, data })
  const error = readProviderError(data)
  if (error !== null && !events.some(({ type }) => type === 'error'))
    return [...events, { type: 'error', error }]
  if (events.length > 0 || isAnswer(data)) return events
  const words = remarkOf(data)
  return words === null ? [] : [{ type: 'remark', error: { ...readKnownError(data), message: words } }]
}

/** The error of a frame that is marked as one, by its name or by the framing. */
function namedError(dialect: Dialect, name: string | null, value: unknown, text: string): ProviderError {
  if (isRecord(value) && dialect.readErrorFrame !== undefined) return dialect.readErrorFrame(name, value)
  if (isRecord(value) || Array.isArray(value)) return readKnownError(value)
  const words = plainWords(text)
  return { status: null, type: null, code: null, message: words === '' ? null : words }
}

/** Bytes outside the events of a stream: an error, an answer that was not streamed, or words. */
function strayEvents(text: string): StreamEvent[] {
  const whole = parseMessage(text)
  const values = whole === undefined ? text.split('\n').map(parseMessage) : [whole]
  const documents = values.flatMap((value) => (Array.isArray(value) ? value : [value])).filter(isRecord)
  if (documents.length === 0) return malformedEvents(text)
  for (const document of documents) {
    const error = readProviderError(document)
    if (error !== null) return [{ type: 'error', error }]
  }
  if (documents.some(isAnswer)) return [{ type: 'unstreamed', words: plainWords(text, WORDS_OF_A_FRAME) }]
  const known = readKnownError(documents[0])
  return known.message === null ? malformedEvents(text) : [{ type: 'error', error: known }]
}

/** An error may be glued to the end of a message that was cut. */
function malformedEvents(text: string): StreamEvent[] {
  const at = text.search(/\{\s{0,32}"error"/)
  const error = at < 0 ? null : readProviderError(parseMessage(text.slice(at)))
  if (error !== null) return [{ type: 'error', error }]
  return [{ type: 'malformed', words: plainWords(text, WORDS_OF_A_FRAME) }]
}
