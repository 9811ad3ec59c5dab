/** The two clocks of the runner and the only way it waits: intervals are monotonic, wall time is a label. */
import { setTimeout as sleep } from 'node:timers/promises'

export type Clock = {
  /** Milliseconds since the epoch, UTC: only ever a label. */
  readonly wallMs: () => number
  /** Milliseconds that never step, for every interval. */
  readonly monotonicMs: () => number
}

export const systemClock: Clock = { wallMs: () => Date.now(), monotonicMs: () => performance.now() }

/** Node's timers hold at most 2³¹ − 1 milliseconds; longer waits end early and are asked for again. */
const LONGEST_WAIT_MS = 2 ** 31 - 1

export type Bell = {
  /** Resolves after that time, when the bell rings, or when the signal aborts; it never rejects. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>
  /** Ends the wait that goes on, or the next one when none does, so that a ring is never missed. */
  readonly ring: () => void
}

/** A wait that others can end early. One waiter at a time. */
export function createBell(): Bell {
  let rung = false
  let wake: (() => void) | undefined
  return {
    wait: async (ms, signal) => {
      if (!rung && !signal.aborted) {
        const cut = new AbortController()
        wake = () => cut.abort()
        await pause(ms, AbortSignal.any([signal, cut.signal]))
        wake = undefined
      }
      rung = false
    },
    ring: () => {
      rung = true
      wake?.()
    },
  }
}

/** Resolves after that time or when the signal aborts; it never rejects. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  const wait = Math.min(Math.max(0, ms), LONGEST_WAIT_MS)
  await sleep(wait, undefined, { signal }).catch(() => undefined)
}
