/** Signals of the process as the rest of the runner sees them. */
export type Signals = {
  /** Aborts at the first SIGTERM or SIGINT; the second one ends the process at once. */
  readonly stop: AbortSignal
  /** Called at each SIGHUP; one listener. */
  readonly onReload: (listener: () => void) => void
  /** Ends the process by then, whatever hangs; nothing is lost by it, as all that counts is committed. */
  readonly endWithin: (ms: number) => void
}

const LONGEST_STOP_MS = 29_000
const SIGNAL_NUMBERS = { SIGTERM: 15, SIGINT: 2 } as const

/** Listens to the process's signals from now on. */
export function listenToSignals(process: NodeJS.Process): Signals {
  const stop = new AbortController()
  let reload = (): void => undefined
  // Not `exit`, which waits for threads: one that hangs in a system call would hold it up for ever.
  const endWithin = (ms: number): void => {
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), ms).unref()
  }
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.on(name, () => {
      if (stop.signal.aborted) process.exit(128 + SIGNAL_NUMBERS[name])
      stop.abort(new Error(`Stopped by ${name}`))
      endWithin(LONGEST_STOP_MS)
    })
  }
  // Also where nothing reloads: a closed terminal must not end a cycle.
  process.on('SIGHUP', () => reload())
  return {
    stop: stop.signal,
    onReload: (listener) => {
      reload = listener
    },
    endWithin,
  }
}

/**
 * Resolves when the signal aborts, at once where it has. With `done` it stops listening when that aborts: listeners on a
 * signal that lives as long as the process would otherwise pile up.
 */
export function aborted(signal: AbortSignal, done?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true, ...(done && { signal: done }) })
  })
}
