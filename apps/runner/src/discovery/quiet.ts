/** Waits for a moment at which nothing is measured, and does something in it. */
import type { Floor } from '../calibrate/floor.ts'
import { pause } from '../clock.ts'
import type { Clock } from '../clock.ts'

export type QuietTimes = {
  /** How often it is looked whether anything is measured. */
  readonly lookMs: number
  /** How long a quiet moment is waited for while measuring goes on as it pleases. */
  readonly patienceMs: number
  /** How long runs under way may take to end once new ones are held back. */
  readonly settleMs: number
}

const TIMES: QuietTimes = { lookMs: 250, patienceMs: 600_000, settleMs: 5000 }

/**
 * Does `work` while no run is under way, and holds new ones back until it has ended: `work` must be short. Null when
 * runs took too long to end, or the signal aborted.
 */
export type WhenQuiet = <Result>(work: () => Promise<Result>, signal: AbortSignal) => Promise<Result | null>

/** Quiet moments of that floor. */
export function createQuiet(floor: Floor, clock: Clock, times: QuietTimes = TIMES): WhenQuiet {
  return async (work, signal) => {
    const untilMs = clock.monotonicMs() + times.patienceMs
    while (!signal.aborted && floor.inside() > 0 && clock.monotonicMs() < untilMs) {
      await pause(times.lookMs, signal)
    }
    const leave = await floor.takeAlone(AbortSignal.any([signal, AbortSignal.timeout(times.settleMs)]))
    if (leave === null) return null
    try {
      return await work()
    } finally {
      leave()
    }
  }
}
