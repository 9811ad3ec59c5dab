import { monitorEventLoopDelay } from 'node:perf_hooks'

const RESOLUTION_MS = 10
/** Longer than any turn of the loop; a sample without a single turn counts as infinite delay. */
const SAMPLE_MS = 1000

export type EventLoopDelay = {
  /** Mean delay of the last sample. */
  readonly lastMs: () => number
  readonly stop: () => void
}

/** Samples the event loop delay of this process. Its timer calls nothing that can throw. */
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
