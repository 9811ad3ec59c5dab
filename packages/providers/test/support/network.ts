/** What becomes of a stream on its way: the reads of a client that is a round trip away. */
import { overSlowStart } from '@llmbench/simulator'
import { chatDelta } from './chunks.ts'
import { makeTape } from './plans.ts'

export type Journey = {
  /** When each delta is ready to be sent, in milliseconds. */
  readonly readyMs: readonly number[]
  readonly roundTripMs: number
  /** How many of them, the first, are reasoning. */
  readonly reasoningDeltas?: number
  /** What the server may send before the first acknowledgement. */
  readonly windowBytes?: number
  /** About so many bytes of the wire for each delta. */
  readonly deltaBytes?: number
  /** What the measured round trip says, where it differs; null where it is not known. */
  readonly measuredMs?: number | null
  /** How fast the line is; a flight takes as long as its bytes need. */
  readonly bytesPerMs?: number
}

const MS = 1e6
/** The first byte of the answer, after t = 0. */
const FIRST_MS = 400
const SEGMENT_BYTES = 1460
const BARE_BYTES = chatDelta({ content: ' happy', padding: '' }).length

/** One o200k_base token, in an event of about so many bytes. */
export function padded(bytes: number, field: 'content' | 'reasoning' = 'content'): string {
  return chatDelta({ [field]: ' happy', padding: 'x'.repeat(Math.max(0, bytes - BARE_BYTES)) })
}

/** The reads of a stream of one-token deltas that were ready at those moments, for `resultOfReads`. */
export function readsAfter(journey: Journey): [atMs: number, bytes: Uint8Array][] {
  const { readyMs, roundTripMs, windowBytes = 14_600, deltaBytes = 200, bytesPerMs = 100_000 } = journey
  const { reasoningDeltas = 0 } = journey
  const pieceOf = (ms: number, event: string) => ({
    offsetNs: BigInt(Math.round(ms * MS)),
    bytes: Buffer.from(event),
    events: [],
  })
  const pieces = readyMs.map((ms, index) =>
    pieceOf(ms, padded(deltaBytes, index < reasoningDeltas ? 'reasoning' : 'content')),
  )
  pieces.push(pieceOf(readyMs.at(-1) ?? 0, chatDelta({}, 'stop')))
  const way = { roundTripNs: BigInt(Math.round(roundTripMs * MS)), windowBytes }
  let lineFreeMs = 0
  return overSlowStart(pieces, way).flatMap(({ offsetNs, bytes }) => {
    const reads: [number, Uint8Array][] = []
    for (let start = 0; start < bytes.length; start += SEGMENT_BYTES) {
      const segment = bytes.subarray(start, start + SEGMENT_BYTES)
      lineFreeMs = Math.max(lineFreeMs, Number(offsetNs) / MS) + segment.length / bytesPerMs
      reads.push([FIRST_MS + lineFreeMs, segment])
    }
    return reads
  })
}

/** The connection that such a journey is measured with. */
export function connectionOf({ roundTripMs, measuredMs = roundTripMs }: Journey) {
  const tcpNs = measuredMs === null ? null : BigInt(Math.round(measuredMs * MS))
  return { connection: { ...makeTape([]).connection, tcpNs } }
}
