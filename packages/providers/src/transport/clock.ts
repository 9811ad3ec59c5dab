/** The only clock for intervals: CLOCK_MONOTONIC in integer nanoseconds, comparable across processes of one machine. */
export function monotonicNs(): bigint {
  return process.hrtime.bigint()
}

/** Wall time in milliseconds since 1970: a label, never part of an interval. */
export function wallMs(): number {
  return Date.now()
}
