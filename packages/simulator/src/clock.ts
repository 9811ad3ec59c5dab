/** CLOCK_MONOTONIC in nanoseconds: on one Linux machine every process reads the same clock. */
export function monotonicNs(): bigint {
  return process.hrtime.bigint()
}

/** Milliseconds, fractions included, as whole nanoseconds. */
export function nsOfMs(ms: number): bigint {
  return BigInt(Math.round(ms * 1e6))
}
