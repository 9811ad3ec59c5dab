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
  const delays = createDelayWindows()
  const pauses = createPauseRecord()
  const now = () => ({ wallMs: readWallMs(), atNs: monotonicNs(), lineMs: performance.now() })
  return {
    watch: () => {
      let window = delays.open()
      let from = now()
      return {
        restart: () => {
          delays.close(window)
          window = delays.open()
          from = now()
        },
        finish: async () => {
          // A loop that was blocked until this very moment is sampled in its next turn of timers, which two turns contain.
          await nextTurn()
          await nextTurn()
          const to = now()
          const stepMs = Math.abs(to.wallMs - from.wallMs - Number(to.atNs - from.atNs) / 1e6)
          return judge(delays.close(window), pauses.longestSince(from.lineMs), stepMs)
        },
      }
    },
    close: pauses.close,
  }
}

type Window = { maxMs: number }

/**
 * Any number of overlapping windows over one histogram: a histogram for each run would be a timer for each run, and
 * hundreds of them cost more than the streams. Whenever a window opens or closes, what the histogram saw since the
 * last time is handed to all that were open.
 */
function createDelayWindows() {
  const histogram = monitorEventLoopDelay({ resolution: SAMPLING_MS })
  const windows = new Set<Window>()
  const handOut = (): void => {
    // A sample is the time between two timer firings: what exceeds the sampling interval is delay.
    const sinceMs = histogram.count === 0 ? 0 : Math.max(0, histogram.max / 1e6 - SAMPLING_MS)
    histogram.reset()
    for (const window of windows) window.maxMs = Math.max(window.maxMs, sinceMs)
  }
  return {
    open: (): Window => {
      handOut()
      if (windows.size === 0) histogram.enable()
      const window = { maxMs: 0 }
      windows.add(window)
      return window
    },
    /** The longest delay while the window was open, in milliseconds. */
    close: (window: Window): number => {
      handOut()
      windows.delete(window)
      if (windows.size === 0) histogram.disable()
      return window.maxMs
    },
  }
}

/** Garbage collections of the last minutes. */
function createPauseRecord() {
  let pauses: Pause[] = []
  const keep = (entries: readonly PerformanceEntry[]): void => {
    for (const { startTime, duration } of entries) pauses.push([startTime, duration])
    if (pauses.length > 10_000) pauses = pauses.slice(-5000)
  }
  const observer = new PerformanceObserver((list) => keep(list.getEntries()))
  observer.observe({ entryTypes: ['gc'] })
  return {
    /** The longest that ended after that moment of the `performance` time line, in milliseconds. */
    longestSince: (startMs: number): number => {
      keep(observer.takeRecords())
      return pauses.reduce((most, [at, ms]) => (at + ms >= startMs ? Math.max(most, ms) : most), 0)
    },
    close: () => observer.disconnect(),
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function judge(delayMs: number, gcMs: number, stepMs: number): Quality {
  const tainted: string[] = []
  if (delayMs > EVENT_LOOP_DELAY_LIMIT_MS) tainted.push('event_loop_delay')
  if (gcMs > GC_PAUSE_LIMIT_MS) tainted.push('gc_pause')
  if (stepMs > CLOCK_STEP_LIMIT_MS) tainted.push('clock_step')
  const round = (ms: number): number => Math.round(ms * 1000) / 1000
  return { event_loop_delay_max_ms: round(delayMs), gc_pause_max_ms: round(gcMs), tainted }
}
