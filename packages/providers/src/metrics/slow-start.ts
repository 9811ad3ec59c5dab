/**
 * How an answer that lay ready arrives over a long way. A new connection may send some ten segments at once, then waits
 * a round trip for their acknowledgement, sends twice as many, and so on: 100 KB at 150 ms take 0.3 to 0.5 s although
 * the server had everything at once. https://www.rfc-editor.org/rfc/rfc6928, https://www.rfc-editor.org/rfc/rfc5681
 * Pure.
 */

/** Bytes that had come by a moment, in seconds after the first of them. */
export type Arrival = { readonly atSeconds: number; readonly bytes: number }

/** `fits`: as slow start brings it; `begins`: its first two flights do, the growth after them does not. */
export type SlowStart = 'fits' | 'begins' | 'differs'

/** What the first flight holds at least: ten segments less the response's head, TLS and short segments. */
export const FIRST_FLIGHT_BYTES = 8_000
/** Of a longer first flight no more than ten full segments are expected to have doubled. */
const TEN_SEGMENTS_BYTES = 15_000
/** The second flight comes a round trip after the first; a measured round trip is off by this share, and a millisecond. */
const ROUND_TRIP_TOLERANCE = 0.3
const CLOCK_TOLERANCE_SECONDS = 0.001
/** Senders that pace spread a flight over half of the round trip, and a path may grow slower by a tenth. */
const FLIGHT_SPREAD = 0.6
const LATER_ROUND_TRIPS = 1.1
/** Of what doubling promises, this much must have come. */
const LEAST_GROWTH = 0.8

/** The arrivals before the first pause that half of the round trip has to explain; all of them when there is none. */
export function firstFlight(arrivals: readonly Arrival[], roundTripSeconds: number): readonly Arrival[] {
  const pause = arrivals.findIndex(
    ({ atSeconds }, index) =>
      index > 0 && atSeconds - (arrivals[index - 1]?.atSeconds ?? 0) >= roundTripSeconds / 2,
  )
  return pause === -1 ? arrivals : arrivals.slice(0, pause)
}

/** Whether the bytes came as slow start brings bytes that all lay ready. `bytes` of the arrivals are cumulative. */
export function compareWithSlowStart(arrivals: readonly Arrival[], roundTripSeconds: number): SlowStart {
  const flight = firstFlight(arrivals, roundTripSeconds)
  const second = arrivals[flight.length]
  const sent = flight.at(-1)?.bytes ?? 0
  if (second === undefined || sent < FIRST_FLIGHT_BYTES) return 'differs'
  const tolerance = roundTripSeconds * ROUND_TRIP_TOLERANCE + CLOCK_TOLERANCE_SECONDS
  if (Math.abs(second.atSeconds - roundTripSeconds) > tolerance) return 'differs'
  const window = LEAST_GROWTH * Math.min(sent, TEN_SEGMENTS_BYTES)
  const grows = arrivals.every(({ atSeconds }, index) => {
    const flights = Math.floor(atSeconds / roundTripSeconds / LATER_ROUND_TRIPS - FLIGHT_SPREAD)
    const due = flights < 0 ? 0 : window * (2 ** (flights + 1) - 1)
    return (arrivals[index - 1]?.bytes ?? 0) >= due
  })
  return grows ? 'fits' : 'begins'
}
