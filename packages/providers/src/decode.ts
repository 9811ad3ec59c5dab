/** Tape reads to stamped events, through the dialect's framing and decoder. Pure. */
import type { Dialect } from './dialects/dialect.ts'
import type { StampedEvent } from './events.ts'
import { createAwsEventStreamFramer } from './framing/aws-event-stream.ts'
import type { Frame } from './framing/frame.ts'
import { createSseFramer } from './framing/sse.ts'
import { holdsVisibleContent } from './metrics/milestones.ts'
import type { TapeRead } from './transport/tape.ts'

export type DecodedStream = {
  readonly events: readonly StampedEvent[]
  /** Arrival of the first frame of any kind, null when none came. */
  readonly firstFrameNs: bigint | null
  /** Why the framing gave up, or null. */
  readonly framingFault: string | null
}

/** Decodes a whole stream. Never throws: what cannot be read is an event or a fault. */
export function decodeStream(dialect: Dialect, reads: readonly TapeRead[]): DecodedStream {
  const framer = dialect.framing === 'sse' ? createSseFramer() : createAwsEventStreamFramer()
  const decode = dialect.createDecoder()
  const events: StampedEvent[] = []
  let firstFrameNs: bigint | null = null
  const take = (frames: readonly Frame[]): void => {
    for (const frame of frames) {
      firstFrameNs ??= frame.atNs
      for (const event of decode(frame)) events.push({ ...event, atNs: frame.atNs })
    }
  }
  for (const { bytes, atNs } of reads) take(framer.push(bytes, atNs))
  const { frames, fault } = framer.finish()
  take(frames)
  return { events, firstFrameNs, framingFault: fault }
}

/** Whether a stream so far holds any text or reasoning that a reader can see. */
export function holdsContent(dialect: Dialect, reads: readonly TapeRead[]): boolean {
  return holdsVisibleContent(decodeStream(dialect, reads).events)
}
