/**
 * A script: a scenario in one dialect as bytes, ready to be written, with the moment of each write and what is true
 * of it. It is made once and played by every run, so that a run costs its writes and nothing else.
 */
import { nsOfMs } from './clock.ts'
import type { Dialect, EventKind } from './dialects/dialect.ts'
import type { Usage } from './outline.ts'
import { planStream } from './plan.ts'
import type { Ending } from './plan.ts'
import type { Piece } from './pieces.ts'
import type { ScenarioSettings } from './scenario.ts'

export type PlannedWrite = {
  /** Nanoseconds after the request was read. */
  readonly offsetNs: bigint
  /** Where its bytes are on the wire, HTTP chunk framing included. */
  readonly start: number
  readonly end: number
  readonly truth: WriteTruth
}

/** What is true of a write. */
export type WriteTruth = {
  /** Bytes of the body. */
  readonly bytes: number
  readonly kinds: readonly EventKind[]
  readonly textDeltas: number
  readonly reasoningDeltas: number
  readonly text: string
  readonly reasoning: string
  readonly usage: Usage | undefined
  readonly finish: string | undefined
}

/** A write that repeats, once those before the index `from` are done. */
export type LoopedWrite = {
  readonly from: number
  readonly write: PlannedWrite
  readonly gapNs: bigint
  readonly times: number
}

export type Script = {
  readonly headersOffsetNs: bigint
  readonly wire: Buffer
  readonly writes: readonly PlannedWrite[]
  readonly loop: LoopedWrite | null
  readonly ending: Ending
  /** Where on the wire the digits of the run's number go, ten for each place it is named. */
  readonly digitPositions: readonly number[]
}

const DIGITS = 10

/** The id of run `number` inside its stream: of one length, so that it can be put in afterwards. */
export function runIdInStream(number: number): string {
  return `sim-${String(number).padStart(DIGITS, '0')}`
}

/** Makes the script of a scenario in a dialect for a model. */
export function compileScript(dialect: Dialect, model: string, settings: ScenarioSettings): Script {
  const { pieces, loop, ending } = planStream(dialect, model, runIdInStream(0), settings)
  const framed = frameChunks(loop === null ? pieces : [...pieces, loop.piece])
  const looped = loop === null ? undefined : framed.writes.pop()
  return {
    headersOffsetNs: nsOfMs(settings.headers_delay_ms ?? settings.first_delay_ms),
    wire: framed.wire,
    writes: framed.writes,
    loop: loop === null || looped === undefined ? null : { ...loop, write: looped },
    ending,
    digitPositions: framed.digitPositions,
  }
}

/** A copy of the wire that carries this run's id. */
export function wireOfRun({ wire, digitPositions }: Script, number: number): Buffer {
  const copy = Buffer.from(wire)
  const digits = Buffer.from(runIdInStream(number).slice(-DIGITS))
  for (const [index, position] of digitPositions.entries()) copy[position] = digits[index % DIGITS] ?? 0
  return copy
}

/** The write that is made as number `index`, the turns of a loop counted one by one. */
export function writeAt({ writes, loop }: Script, index: number): PlannedWrite | undefined {
  if (loop === null || index < loop.from) return writes[index]
  return index < loop.from + loop.times ? loop.write : writes[index - loop.times]
}

/** Each piece as one HTTP chunk: https://www.rfc-editor.org/rfc/rfc9112#name-chunked-transfer-coding */
function frameChunks(pieces: readonly Piece[]): {
  wire: Buffer
  writes: PlannedWrite[]
  digitPositions: number[]
} {
  const parts: Buffer[] = []
  const writes: PlannedWrite[] = []
  let start = 0
  for (const piece of pieces) {
    const head = Buffer.from(`${piece.bytes.length.toString(16)}\r\n`)
    parts.push(head, piece.bytes, Buffer.from('\r\n'))
    const end = start + head.length + piece.bytes.length + 2
    writes.push({ offsetNs: piece.offsetNs, start, end, truth: truthOf(piece) })
    start = end
  }
  return { wire: Buffer.concat(parts), writes, digitPositions: findDigits(pieces, writes) }
}

/** Looks in the whole body, because an id can be cut into several pieces, and says where its digits are on the wire. */
function findDigits(pieces: readonly Piece[], writes: readonly PlannedWrite[]): number[] {
  const body = Buffer.concat(pieces.map(({ bytes }) => bytes))
  const id = runIdInStream(0)
  const positions: number[] = []
  let index = 0
  let bodyStart = 0
  for (let at = body.indexOf(id); at !== -1; at = body.indexOf(id, at + id.length)) {
    for (let digit = at + id.length - DIGITS; digit < at + id.length; digit += 1) {
      while (digit >= bodyStart + sizeOf(writes[index])) {
        bodyStart += sizeOf(writes[index])
        index += 1
      }
      // The last two bytes of a chunk are its line end.
      const bytesEnd = (writes[index]?.end ?? 0) - 2
      positions.push(bytesEnd - sizeOf(writes[index]) + digit - bodyStart)
    }
  }
  return positions
}

function sizeOf(write: PlannedWrite | undefined): number {
  if (write === undefined) throw new Error('The writes end before the body does')
  return write.truth.bytes
}

function truthOf({ bytes, events }: Piece): WriteTruth {
  return {
    bytes: bytes.length,
    kinds: events.flatMap(({ kinds }) => kinds),
    textDeltas: events.filter(({ text }) => text !== undefined).length,
    reasoningDeltas: events.filter(({ reasoning }) => reasoning !== undefined).length,
    text: events.map(({ text }) => text ?? '').join(''),
    reasoning: events.map(({ reasoning }) => reasoning ?? '').join(''),
    usage: events.findLast(({ usage }) => usage !== undefined)?.usage,
    finish: events.findLast(({ finish }) => finish !== undefined)?.finish,
  }
}
