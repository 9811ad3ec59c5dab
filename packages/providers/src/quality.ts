/**
 * Whether the runner itself was able to measure: event-loop delay, garbage collection and steps of the wall clock
 * while a run went on. The thresholds stand here and nowhere else.
 */
import { monitorEventLoopDelay, PerformanceObserver, performance } from 'node:perf_hooks'
import type { PerformanceEntry } from 'node:perf_hooks'
import type { Quality } from './result.ts'
import { monotonicNs, wallMs } from './transport/clock.ts'

/** Above these a run is tainted: a stamp may then be wrong by more than readers of the numbers would accept. */
const EVENT_LOOP_DELAY_LIMIT_MS = 25
const GC_PAUSE_LIMIT_MS = 25
const CLOCK_STEP_LIMIT_MS = 100

const SAMPLING_MS = 5

/** Garbage collections of the last minutes, oldest first, as [start, duration] on the `performance` time line. */
type Pause = readonly [startMs: number, durationMs: number]

export type QualityWatch = {
  /** Forgets what was seen so far: what delays the opening of a connection does not touch a stamp. */
  readonly restart: () => void
  /** Ends the watch and says what it saw. */
  readonly finish: () => Promise<Quality>
}

export type QualityMonitor = { readonly watch: () => QualityWatch; readonly close: () => void }

/**
 * One monitor serves all runs of a process; each run watches through a window of its own. A suspended machine is seen
 * as a step of the wall clock, as CLOCK_MONOTONIC stands still meanwhile; a stopped process as event-loop delay.
 */
export function createQualityMonitor(readWallMs: () => number = wallMs): QualityMonitor {
  let pauses: Pause[] = []
  const keep = (entries: readonly PerformanceEntry[]): void => {
    for (const { startTime, duration } of entries) pauses.push([startTime, duration])
    if (pauses.length > 10_000) pauses = pauses.slice(-5000)
  }
  const observer = new PerformanceObserver((list) => keep(list.getEntries()))
  observer.observe({ entryTypes: ['gc'] })
  const longestPauseSince = (startMs: number): number => {
    keep(observer.takeRecords())
    return pauses.reduce((most, [at, ms]) => (at + ms >= startMs ? Math.max(most, ms) : most), 0)
  }
  return { watch: () => createWatch(longestPauseSince, readWallMs), close: () => observer.disconnect() }
}

function createWatch(longestPauseSince: (startMs: number) => number, readWallMs: () => number): QualityWatch {
  const delays = monitorEventLoopDelay({ resolution: SAMPLING_MS })
  delays.enable()
  let from = now(readWallMs)
  return {
    restart: () => {
      delays.reset()
      from = now(readWallMs)
    },
    finish: async () => {
      // A loop that was blocked until this very moment is sampled in its next turn of timers, which two turns contain.
      await nextTurn()
      await nextTurn()
      delays.disable()
      const to = now(readWallMs)
      // A sample is the time between two timer firings: what exceeds the sampling interval is delay.
      const delayMs = delays.count === 0 ? 0 : Math.max(0, delays.max / 1e6 - SAMPLING_MS)
      const gcMs = longestPauseSince(from.lineMs)
      const stepMs = Math.abs(to.wallMs - from.wallMs - Number(to.atNs - from.atNs) / 1e6)
      return judge(delayMs, gcMs, stepMs)
    },
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function now(readWallMs: () => number) {
  return { wallMs: readWallMs(), atNs: monotonicNs(), lineMs: performance.now() }
}

function judge(delayMs: number, gcMs: number, stepMs: number): Quality {
  const tainted: string[] = []
  if (delayMs > EVENT_LOOP_DELAY_LIMIT_MS) tainted.push('event_loop_delay')
  if (gcMs > GC_PAUSE_LIMIT_MS) tainted.push('gc_pause')
  if (stepMs > CLOCK_STEP_LIMIT_MS) tainted.push('clock_step')
  const round = (ms: number): number => Math.round(ms * 1000) / 1000
  return { event_loop_delay_max_ms: round(delayMs), gc_pause_max_ms: round(gcMs), tainted }
}
