import { monitorEventLoopDelay } from 'node:perf_hooks'

const RESOLUTION_MS = 10
/** Longer than any turn of the loop: a sample in which it did not turn once counts as endless delay. */
const SAMPLE_MS = 1000

export type EventLoopDelay = {
  /** How late the event loop was in the last sample, on average. */
  readonly lastMs: () => number
  readonly stop: () => void
}

/** Watches how late the event loop of this process is. Its timer touches nothing that can fail. */
export function watchEventLoopDelay(): EventLoopDelay {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  histogram.enable()
  let lastMs = 0
  const timer = setInterval(() => {
    lastMs =
      histogram.count === 0 ? Number.POSITIVE_INFINITY : Math.max(0, histogram.mean / 1e6 - RESOLUTION_MS)
    histogram.reset()
  }, SAMPLE_MS).unref()
  return {
    lastMs: () => lastMs,
    stop: () => {
      clearInterval(timer)
      histogram.disable()
    },
  }
}
