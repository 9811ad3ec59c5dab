/** Whether a text lay ready at its first byte, and only the network held it back. Pure. */
import { joinTexts } from './milestones.ts'
import type { Delta } from './milestones.ts'
import { compareWithSlowStart, FIRST_FLIGHT_BYTES, firstFlight } from './slow-start.ts'
import type { Arrival } from './slow-start.ts'

/** What the wire did, as far as the shape is judged on it. */
export type Wire = {
  readonly reads: readonly { readonly atNs: bigint; readonly bytes: { readonly length: number } }[]
  /** The round trip as the opening of the connection took it, or null. */
  readonly roundTripNs: bigint | null
}

/** Fewer tokens than this say nothing about how a text was sent. */
export const FEWEST_TOKENS = 8
/** No hardware generates that fast: such a text lay ready and was only written out. */
export const IMPLAUSIBLE_TOKENS_PER_SECOND = 20_000
/** From here on it is either the fastest hardware or a ready text on a slow line, and nothing says which. */
export const UNSURE_TOKENS_PER_SECOND = 10_000
/** No way on earth is longer. */
const LONGEST_ROUND_TRIP_SECONDS = 0.6

/**
 * Whether these deltas lay ready and slow start spread them: the first flight came faster than text is generated, and the
 * rest as slow start brings it. `unsure` where the pace, the growth or an unknown round trip leaves a doubt.
 */
export function judgeHeldBack(
  text: readonly Delta[],
  { reads, roundTripNs }: Wire,
  countTokens: (text: string) => number,
): 'yes' | 'no' | 'unsure' {
  const arrivals = arrivalsOf(text, reads)
  // Without a round trip the longest pause stands for it: it parts the first flight from what came later.
  const roundTrip = roundTripNs === null ? longestPause(arrivals) : Number(roundTripNs) / 1e9
  const flight = firstFlight(arrivals, roundTrip)
  const end = flight.at(-1)
  if (end === undefined || end.bytes < FIRST_FLIGHT_BYTES) return 'no'
  const pace = paceUntil(end.atSeconds, text, countTokens)
  if (pace <= UNSURE_TOKENS_PER_SECOND) return 'no'
  if (roundTripNs === null) return roundTrip <= LONGEST_ROUND_TRIP_SECONDS ? 'unsure' : 'no'
  const likeness = compareWithSlowStart(arrivals, roundTrip)
  if (likeness === 'differs') return 'no'
  return likeness === 'fits' && pace > IMPLAUSIBLE_TOKENS_PER_SECOND ? 'yes' : 'unsure'
}

/** The reads from the first delta to the last, those of one stamp as one, with the bytes that had come by then. */
function arrivalsOf(text: readonly Delta[], reads: Wire['reads']): Arrival[] {
  const fromNs = text[0]?.atNs ?? 0n
  const toNs = text.at(-1)?.atNs ?? 0n
  const arrivals = new Map<bigint, number>()
  let bytes = 0
  for (const read of reads) {
    if (read.atNs < fromNs || read.atNs > toNs) continue
    bytes += read.bytes.length
    arrivals.set(read.atNs, bytes)
  }
  return Array.from(arrivals, ([atNs, sum]) => ({ atSeconds: Number(atNs - fromNs) / 1e9, bytes: sum }))
}

function longestPause(arrivals: readonly Arrival[]): number {
  const pauses = arrivals
    .slice(1)
    .map(({ atSeconds }, index) => atSeconds - (arrivals[index]?.atSeconds ?? 0))
  return pauses.reduce((most, pause) => Math.max(most, pause), 0)
}

/** Tokens a second from the first delta, which took nobody knows how long, to that moment; 0 when too few came. */
function paceUntil(seconds: number, text: readonly Delta[], countTokens: (text: string) => number): number {
  const [first] = text
  if (first === undefined) return 0
  const untilNs = first.atNs + BigInt(Math.round(seconds * 1e9))
  const sofar = text.filter(({ atNs }) => atNs <= untilNs)
  const tokens = countTokens(joinTexts(sofar)) - countTokens(first.text)
  return tokens < FEWEST_TOKENS ? 0 : tokens / seconds
}
