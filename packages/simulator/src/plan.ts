/** What is written when and how it ends: the beats of a scenario in a dialect, with its fault applied. */
import { nsOfMs } from './clock.ts'
import { spoilChecksum } from './dialects/bedrock-converse.ts'
import type { Dialect, ErrorEvent, EventWriter, WireEvent } from './dialects/dialect.ts'
import { outlineBeats, usageOf } from './outline.ts'
import type { Beat } from './outline.ts'
import { coalesce, drip, fragment, overSlowStart, truncate } from './pieces.ts'
import type { Piece } from './pieces.ts'
import type { ScenarioSettings } from './scenario.ts'
import { wordsFrom } from './words.ts'

/** A piece that repeats, once the pieces before the index `from` are written. */
export type Loop = {
  readonly from: number
  readonly piece: Piece
  readonly gapNs: bigint
  /** How often; `Infinity` for ever. */
  readonly times: number
}

/** How the connection is left after the last piece. */
export type Ending = 'end' | 'hang' | 'fin' | 'reset'

export type Plan = { readonly pieces: readonly Piece[]; readonly loop: Loop | null; readonly ending: Ending }

/** Words in one delta of a flood: about 64 KiB. */
const FLOOD_WORDS = 12_000
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf])

/** The plan of a streamed answer. `runId` stands in for the id of the run. */
export function planStream(dialect: Dialect, model: string, runId: string, settings: ScenarioSettings): Plan {
  const beats = outlineBeats(settings)
  const writer = dialect.createWriter({
    model,
    runId,
    createdAtSeconds: Math.floor(Date.now() / 1000),
    settings,
    usage: usageOf(settings),
    durationMs: Number(beats.findLast(isDelta)?.offsetNs ?? 0n) / 1e6,
  })
  const faulty = planWithFault(writer, beats, settings)
  if (dialect.name === 'bedrock-converse') {
    return settings.fault?.kind === 'bad_crc' ? { ...faulty, pieces: spoilLastDelta(faulty.pieces) } : faulty
  }
  return settings.bom ? { ...faulty, pieces: withMark(faulty.pieces) } : faulty
}

function planWithFault(writer: EventWriter, beats: readonly Beat[], settings: ScenarioSettings): Plan {
  const { fault } = settings
  const whole = (): Piece[] => recite(writer, beats)
  switch (fault?.kind) {
    case 'stall':
      if (fault.for_ms === undefined) return plan(recite(writer, until(beats, fault.after_deltas)), 'hang')
      return plan(recite(writer, delayed(beats, fault.after_deltas, nsOfMs(fault.for_ms))))
    case 'cut':
      if (fault.after_bytes !== undefined) return plan(truncate(whole(), fault.after_bytes), fault.how)
      return plan(recite(writer, until(beats, fault.after_deltas ?? 0)), fault.how)
    case 'close_without_finish':
      return plan(recite(writer, until(beats, fault.after_deltas)))
    case 'error_event':
      return plan(reciteError(writer, beats, fault))
    case 'flood':
      return planLoop(writer, beats, settings, FLOOD_WORDS, fault.megabytes * 1e6)
    case 'endless':
      return planLoop(writer, beats, settings, settings.tokens_per_delta, Infinity)
    case 'coalesce':
      return plan(coalesce(whole(), fault.events_per_write))
    case 'fragment':
      return plan(fragment(whole(), fault.bytes_per_write, nsOfMs(fault.gap_ms)))
    case 'drip':
      return plan(drip(whole(), fault.bytes_per_second))
    case 'slow_start': {
      const way = { roundTripNs: nsOfMs(fault.round_trip_ms), windowBytes: fault.window_bytes }
      return plan(overSlowStart(whole(), way))
    }
    // No fault, one of the bytes alone, or one that is answered without a stream.
    case undefined:
    case 'bad_crc':
    case 'status':
    case 'redirect':
    case 'html_200':
    case 'json_instead_of_stream':
    case 'never_answers':
    case 'not_accepted':
      return plan(whole())
  }
}

function plan(pieces: readonly Piece[], ending: Ending = 'end'): Plan {
  return { pieces, loop: null, ending }
}

/** One piece for each event of the beats. */
function recite(writer: EventWriter, beats: readonly Beat[]): Piece[] {
  return beats.flatMap((beat) => eventsOf(writer, beat).map((event) => pieceOf(event, beat.offsetNs)))
}

function eventsOf(writer: EventWriter, { part, text }: Beat): WireEvent[] {
  if (part === 'empty') return writer.text('')
  return part === 'text' || part === 'reasoning' ? writer[part](text) : writer[part]()
}

function pieceOf(event: WireEvent, offsetNs: bigint): Piece {
  return { offsetNs, bytes: event.bytes, events: [event] }
}

/** The error takes the place and the moment of the beat that would have been next. */
function reciteError(writer: EventWriter, beats: readonly Beat[], error: ErrorEvent): Piece[] {
  const kept = until(beats, error.after_deltas)
  const offsetNs = beats[kept.length]?.offsetNs ?? 0n
  const before = recite(writer, kept)
  return [...before, ...writer.error(error).map((event) => pieceOf(event, offsetNs))]
}

/** All beats, and between the last delta and the finish deltas of so many words up to so many bytes. */
function planLoop(
  writer: EventWriter,
  beats: readonly Beat[],
  settings: ScenarioSettings,
  words: number,
  bytes: number,
): Plan {
  const content = until(beats, Infinity)
  const before = recite(writer, content)
  const text = wordsFrom(settings.deltas * settings.tokens_per_delta, words, settings.multibyte)
  const offsetNs = beats[content.length]?.offsetNs ?? 0n
  // The first of them may open a block; only the second can be repeated.
  const opening = writer.text(text).map((event) => pieceOf(event, offsetNs))
  const [event] = writer.text(text)
  if (event === undefined) throw new Error('A dialect without text deltas cannot repeat them')
  const after = recite(writer, beats.slice(content.length))
  const from = before.length + opening.length
  const endless = bytes === Infinity
  return {
    pieces: endless ? [...before, ...opening] : [...before, ...opening, ...after],
    loop: {
      from,
      piece: pieceOf(event, offsetNs),
      gapNs: endless ? nsOfMs(settings.gap_ms) : 0n,
      times: endless ? Infinity : Math.ceil(bytes / event.bytes.length),
    },
    ending: endless ? 'hang' : 'end',
  }
}

function isDelta({ part }: Beat): boolean {
  return part === 'text' || part === 'reasoning'
}

/** The beats up to the `count`th delta; never the finish. */
function until(beats: readonly Beat[], count: number): readonly Beat[] {
  const finish = beats.findIndex(({ part }) => part === 'finish')
  let deltas = 0
  const end = beats.findIndex((beat) => isDelta(beat) && (deltas += 1) > count)
  return beats.slice(0, end === -1 ? finish : end)
}

function delayed(beats: readonly Beat[], count: number, byNs: bigint): Beat[] {
  const kept = until(beats, count).length
  return beats.map((beat, index) => (index < kept ? beat : { ...beat, offsetNs: beat.offsetNs + byNs }))
}

function spoilLastDelta(pieces: readonly Piece[]): Piece[] {
  const last = pieces.findLastIndex(({ events }) => events.some(({ text }) => text !== undefined))
  return pieces.map((piece, index) =>
    index === last ? { ...piece, bytes: spoilChecksum(piece.bytes) } : piece,
  )
}

function withMark([first, ...rest]: readonly Piece[]): Piece[] {
  if (first === undefined) return []
  return [{ ...first, bytes: Buffer.concat([BYTE_ORDER_MARK, first.bytes]) }, ...rest]
}
