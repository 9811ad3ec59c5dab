/** When work may be done that would delay the stamps of runs that still stream. */

export type Quiet = {
  /** Counts a stream; returns how to count it out again. */
  readonly streaming: () => () => void
  /**
   * Resolves when no stream runs, after `limitMs` at the latest, and for one caller in each turn of the event loop:
   * runs that end together must not delay those that go on.
   */
  readonly moment: () => Promise<void>
}

/** Waits for moments without a stream, each for at most `limitMs`. */
export function createQuiet(limitMs: number): Quiet {
  let streams = 0
  let last = Promise.resolve()
  const waiting = new Set<() => void>()
  return {
    streaming: () => {
      streams += 1
      return () => {
        streams -= 1
        if (streams === 0) for (const proceed of waiting) proceed()
      }
    },
    moment: async () => {
      if (streams > 0) await silence(waiting, limitMs)
      last = last.then(nextTurn)
      await last
    },
  }
}

function silence(waiting: Set<() => void>, limitMs: number): Promise<void> {
  return new Promise((resolve) => {
    const proceed = (): void => {
      clearTimeout(timer)
      waiting.delete(proceed)
      resolve()
    }
    const timer = setTimeout(proceed, limitMs)
    waiting.add(proceed)
  })
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
