/** The only clock for intervals: CLOCK_MONOTONIC in integer nanoseconds, comparable across processes of one machine. */
export function monotonicNs(): bigint {
  return process.hrtime.bigint()
}

/**
 * How long one moment is shared. Callbacks that run between two reads of a turn let further bytes arrive, which the second
 * read takes along: within this limit they are stamped early, and never by more than it.
 */
export const SHARED_MOMENT_NS = 1_000_000n

/**
 * A clock for the arrival of reads: calls in one turn of the event loop tell the moment of the first, for a millisecond.
 *
 * What one poll hands out had arrived before it. Sockets that wait while others of the same turn are served would
 * otherwise be stamped with that wait: at a thousand reads a second, most of a client's own error.
 */
export function createArrivalClock(): () => bigint {
  let sharedNs: bigint | null = null
  const endTurn = (): void => {
    sharedNs = null
  }
  return () => {
    const nowNs = monotonicNs()
    if (sharedNs === null) setImmediate(endTurn)
    if (sharedNs === null || nowNs - sharedNs > SHARED_MOMENT_NS) sharedNs = nowNs
    return sharedNs
  }
}

/** Wall time in milliseconds since 1970: a label, never part of an interval. */
export function wallMs(): number {
  return Date.now()
}
