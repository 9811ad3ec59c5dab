/** Bounds what refused results may take, so that a catalogue which refuses a model does not stop all measuring. */
import type { Statements } from './statements.ts'

export type DeadLetterCap = {
  /** Bytes that dead letters take now. */
  readonly bytes: () => number
  /** Drops the oldest until the cap is kept; to be called in the transaction that buried some. */
  readonly trim: () => void
  /** How many were dropped since the start. */
  readonly dropped: () => number
}

/** The cap over an open outbox. Their size is summed up again only when somebody else has written to the file. */
export function createDeadLetterCap(sql: Statements, maxBytes: number): DeadLetterCap {
  let known: { readonly version: unknown; readonly bytes: number } | null = null
  let dropped = 0
  const sum = (): number => Number(sql.deadBytes.get()?.['bytes'])
  const bytes = (): number => {
    const version = sql.dataVersion.get()?.['version']
    if (known === null || known.version !== version) known = { version, bytes: sum() }
    return known.bytes
  }
  return {
    bytes,
    trim: () => {
      let left = sum()
      while (left > maxBytes) {
        const oldest = sql.oldestDead.get()
        if (oldest === undefined) break
        sql.dropDead.run(String(oldest['result_id']))
        left -= Number(oldest['bytes'])
        dropped += 1
      }
      known = null
    },
    dropped: () => dropped,
  }
}
