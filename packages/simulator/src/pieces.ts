/** Pieces of a body, and the ways of cutting the same bytes otherwise. */
import type { WireEvent } from './dialects/dialect.ts'

/** Bytes that leave together. An event belongs to the piece that carries its last byte. */
export type Piece = {
  /** Nanoseconds after the request was read. */
  readonly offsetNs: bigint
  readonly bytes: Buffer
  readonly events: readonly WireEvent[]
}

/** So many events in one piece, at the moment of the last of them. */
export function coalesce(pieces: readonly Piece[], eventsPerPiece: number): Piece[] {
  const groups = Math.ceil(pieces.length / eventsPerPiece)
  return Array.from({ length: groups }, (_, group) => {
    return joined(pieces.slice(group * eventsPerPiece, (group + 1) * eventsPerPiece))
  })
}

/** Each event in pieces of so many bytes, `gapNs` apart and none before its event is due. */
export function fragment(pieces: readonly Piece[], bytesPerPiece: number, gapNs: bigint): Piece[] {
  let freeNs = 0n
  return pieces.flatMap((piece) => {
    const startNs = piece.offsetNs > freeNs ? piece.offsetNs : freeNs
    const parts = slices(piece, bytesPerPiece, (start) => startNs + BigInt(start / bytesPerPiece) * gapNs)
    freeNs = startNs + BigInt(parts.length) * gapNs
    return parts
  })
}

/** The whole body at one pace from its first moment on, in pieces of a byte or of a millisecond's worth. */
export function drip(pieces: readonly Piece[], bytesPerSecond: number): Piece[] {
  const startNs = pieces[0]?.offsetNs ?? 0n
  const size = Math.max(1, Math.floor(bytesPerSecond / 1000))
  let before = 0
  return pieces.flatMap((piece) => {
    const sent = before
    before += piece.bytes.length
    return slices(
      piece,
      size,
      (start) => startNs + BigInt(Math.round(((sent + start) / bytesPerSecond) * 1e9)),
    )
  })
}

/** The way to a client. */
export type Way = {
  readonly roundTripNs: bigint
  /** What may be under way before the first acknowledgement. */
  readonly windowBytes: number
}

/**
 * The pieces as TCP's slow start brings them over a long way without loss: each acknowledgement, a round trip after its
 * bytes, lets as many more go. https://www.rfc-editor.org/rfc/rfc5681#section-3.1
 */
export function overSlowStart(pieces: readonly Piece[], { roundTripNs, windowBytes }: Way): Piece[] {
  const underWay: { acknowledgedNs: bigint; bytes: number }[] = []
  let room = windowBytes
  let nowNs = 0n
  const acknowledge = (untilNs: bigint): void => {
    while ((underWay[0]?.acknowledgedNs ?? untilNs + 1n) <= untilNs)
      room += 2 * (underWay.shift()?.bytes ?? 0)
  }
  const sent = pieces.flatMap((piece) => {
    const parts: Piece[] = []
    for (let start = 0; start < piece.bytes.length;) {
      if (piece.offsetNs > nowNs) nowNs = piece.offsetNs
      acknowledge(nowNs)
      const size = Math.min(room, piece.bytes.length - start)
      if (size > 0) {
        const isLast = start + size === piece.bytes.length
        const bytes = piece.bytes.subarray(start, start + size)
        parts.push({ offsetNs: nowNs, bytes, events: isLast ? piece.events : [] })
        underWay.push({ acknowledgedNs: nowNs + roundTripNs, bytes: size })
        room -= size
        start += size
      } else nowNs = underWay[0]?.acknowledgedNs ?? nowNs
    }
    return parts
  })
  return Array.from(Map.groupBy(sent, ({ offsetNs }) => offsetNs).values(), joined)
}

/** Pieces as one, at the moment of the last of them. */
function joined(members: readonly Piece[]): Piece {
  return {
    offsetNs: members.at(-1)?.offsetNs ?? 0n,
    bytes: Buffer.concat(members.map(({ bytes }) => bytes)),
    events: members.flatMap(({ events }) => events),
  }
}

/** The first `length` bytes. */
export function truncate(pieces: readonly Piece[], length: number): Piece[] {
  let left = length
  return pieces.flatMap((piece) => {
    const bytes = piece.bytes.subarray(0, left)
    left -= bytes.length
    if (bytes.length === 0) return []
    return [{ ...piece, bytes, events: bytes.length === piece.bytes.length ? piece.events : [] }]
  })
}

/** The piece cut into parts of `size` bytes; the last of them has the events. */
function slices({ bytes, events }: Piece, size: number, offsetOf: (start: number) => bigint): Piece[] {
  const count = Math.ceil(bytes.length / size)
  return Array.from({ length: count }, (_, index) => ({
    offsetNs: offsetOf(index * size),
    bytes: bytes.subarray(index * size, (index + 1) * size),
    events: index === count - 1 ? events : [],
  }))
}
