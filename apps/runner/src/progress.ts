/** A bar on stderr for work that takes over two seconds, where a person watches. */
const WIDTH = 24
const SILENT_MS = 2000

export type Progress = {
  readonly show: (done: number, of: number, label: string) => void
  /** Wipes the line, so that what follows stands alone. */
  readonly clear: () => void
}

/** A bar written to `write`; nothing at all where `isTerminal` is false. */
export function createProgress(
  write: (text: string) => void,
  isTerminal: boolean,
  monotonicMs: () => number,
): Progress {
  const startMs = monotonicMs()
  let shown = false
  return {
    show: (done, of, label) => {
      if (!isTerminal || monotonicMs() - startMs < SILENT_MS) return
      const filled = of === 0 ? WIDTH : Math.round((done / of) * WIDTH)
      const bar = '█'.repeat(filled) + '░'.repeat(WIDTH - filled)
      write(`\r\u001b[K${bar} ${done}/${of} ${label}`)
      shown = true
    },
    clear: () => {
      if (shown) write('\r\u001b[K')
      shown = false
    },
  }
}
