/** The only clock for intervals: CLOCK_MONOTONIC in integer nanoseconds, comparable across processes of one machine. */
export function monotonicNs(): bigint {
  return process.hrtime.bigint()
}

/**
 * A clock for the arrival of reads: all calls in one turn of the event loop tell the moment of the first.
 *
 * What one poll hands out had arrived before it. Sockets that wait while others of the same turn are served would
 * otherwise be stamped with that wait: at a thousand reads a second, most of a client's own error.
 */
export function createArrivalClock(): () => bigint {
  let turnNs: bigint | null = null
  const endTurn = (): void => {
    turnNs = null
  }
  return () => {
    if (turnNs === null) {
      turnNs = monotonicNs()
      setImmediate(endTurn)
    }
    return turnNs
  }
}

/** Wall time in milliseconds since 1970: a label, never part of an interval. */
export function wallMs(): number {
  return Date.now()
}
