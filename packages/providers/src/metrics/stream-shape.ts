/** Whether a provider really streamed. Rule and thresholds of that judgement are here and in slow-start.ts. Pure. */
import type { StreamShape } from '../result.ts'
import { joinTexts } from './milestones.ts'
import type { Delta } from './milestones.ts'
import { compareWithSlowStart, FIRST_FLIGHT_BYTES, firstFlight } from './slow-start.ts'
import type { Arrival } from './slow-start.ts'

/** No way on earth is longer. */
const LONGEST_ROUND_TRIP_SECONDS = 0.6

/** What the wire did, as far as the shape is judged on it. */
export type Wire = {
  readonly reads: readonly { readonly atNs: bigint; readonly bytes: { readonly length: number } }[]
  /** The round trip as the opening of the connection took it, or null. */
  readonly roundTripNs: bigint | null
}

/** A text with fewer tokens than this says nothing about how it was sent. */
const FEWEST_TOKENS = 8
/** No hardware generates that fast: such a text lay ready and was only written out. */
const IMPLAUSIBLE_TOKENS_PER_SECOND = 20_000
/** From here on it is either the fastest hardware or a ready text on a slow line, and nothing says which. */
const UNSURE_TOKENS_PER_SECOND = 10_000
/** More tokens a delta, or an arrival, than this on average: its gaps are not gaps between tokens. */
const COARSE_TOKENS = 12
/** What came within this time of its first read is one arrival: the network cuts a lump into reads. */
const ARRIVAL_NS = 1_000_000n
/** Arrivals of many small deltas are a fast stream when they are as close as this, and not only a few. */
const CLOSE_ARRIVALS_SECONDS = 0.025
const FEWEST_ARRIVALS = 5

/**
 * The shape of a stream, null where it cannot be told. The first rule that holds decides:
 * 1. under 8 tokens: null;
 * 2. all in one arrival, or at over 20,000 tokens a second: `buffered`;
 * 3. a first flight of 8 KB and more at such a pace, and then, a round trip later, what TCP's slow start still held
 *    back: `buffered`. Null where the pace of that flight or the growth of the later ones leaves a doubt, or the
 *    round trip is not known;
 * 4. at over 10,000 tokens a second: null;
 * 5. more than 12 tokens a delta: `coarse`; as many an arrival, too, unless there are at least 5 arrivals, at most
 *    25 ms apart on average: fast vendors pack a dozen deltas into a read;
 * 6. the rest: `streamed`.
 *
 * `text` are the deltas as a reader sees them, `reasoning` those before and between them, which slow start held back as
 * well; `countTokens` counts o200k_base tokens.
 */
export function judgeStreamShape(
  text: readonly Delta[],
  reasoning: readonly Delta[],
  wire: Wire,
  countTokens: (text: string) => number,
): StreamShape | null {
  const tokens = countTokens(joinTexts(text))
  const first = text[0]
  const last = text.at(-1)
  if (first === undefined || last === undefined || tokens < FEWEST_TOKENS) return null
  const span = Number(last.atNs - first.atNs) / 1e9
  if (tokens > span * IMPLAUSIBLE_TOKENS_PER_SECOND) return 'buffered'
  for (const content of [text, reasoning.length === 0 ? [] : inOrder([...reasoning, ...text])]) {
    const held = judgeHeldBack(content, wire, countTokens)
    if (held !== 'no') return held === 'yes' ? 'buffered' : null
  }
  if (tokens > span * UNSURE_TOKENS_PER_SECOND) return null
  const arrivals = countArrivals(text)
  if (tokens / text.length > COARSE_TOKENS) return 'coarse'
  const isClose = arrivals >= FEWEST_ARRIVALS && span / (arrivals - 1) <= CLOSE_ARRIVALS_SECONDS
  return tokens / arrivals > COARSE_TOKENS && !isClose ? 'coarse' : 'streamed'
}

function countArrivals(text: readonly Delta[]): number {
  let count = 0
  let fromNs: bigint | null = null
  for (const { atNs } of text) {
    if (fromNs !== null && atNs - fromNs < ARRIVAL_NS) continue
    count += 1
    fromNs = atNs
  }
  return count
}

function inOrder(deltas: readonly Delta[]): readonly Delta[] {
  return deltas.toSorted((a, b) => Number(a.atNs - b.atNs))
}

/** Whether the text lay ready and only the network's slow start held it back. */
function judgeHeldBack(
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

/** The reads from the first visible text to the last, those of one stamp as one, with the bytes that had come by then. */
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
