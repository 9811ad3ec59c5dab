import type { Logger } from 'pino'
import { StoreUnavailable } from '../errors.ts'
import type { Store } from './store.ts'

/** Writes that senders wait for, counted separately: a disk may have room for a heartbeat and none for a batch. */
type Write = 'writeResults' | 'writeErrors' | 'writeHeartbeat' | 'writeDiscovery'

/** Failures of one kind in a row. */
const MANY = 3
/** A failure this long ago no longer counts: without traffic, because `/readyz` is 503, no write could ever succeed. */
const FORGOTTEN_MS = 120_000

/** `failed`: the newest write of a kind did. `failing`: several in a row did. */
export type WriteState = 'ok' | 'failed' | 'failing'

export type WatchedWrites = { readonly store: Store; readonly state: () => WriteState }

/** The same store, and whether its writes succeed. Logs when they start failing and when they succeed again. */
export function watchWrites(
  store: Store,
  logger: Pick<Logger, 'error' | 'info'>,
  monotonicMs: () => number = () => performance.now(),
): WatchedWrites {
  const failures = new Map<Write, { readonly inARow: number; readonly atMs: number }>()

  const succeed = (write: Write): void => {
    const before = failures.get(write)
    failures.delete(write)
    if (before !== undefined && before.inARow >= MANY)
      logger.info({ write }, 'Writes to the store succeed again')
  }
  const fail = (write: Write, err?: unknown): void => {
    const inARow = (failures.get(write)?.inARow ?? 0) + 1
    failures.set(write, { inARow, atMs: monotonicMs() })
    if (inARow === MANY)
      logger.error({ write, ...(err === undefined ? {} : { err }) }, 'Writes to the store are failing')
  }
  const watch = <Values extends readonly unknown[], Result>(
    write: Write,
    work: (...values: Values) => Promise<Result>,
  ): ((...values: Values) => Promise<Result>) => {
    return async (...values) => {
      try {
        const result = await work(...values)
        const isUndecided = Array.isArray(result) && result.includes('undecided')
        if (isUndecided) fail(write)
        else succeed(write)
        return result
      } catch (error) {
        if (error instanceof StoreUnavailable) fail(write, error)
        throw error
      }
    }
  }

  return {
    store: {
      ...store,
      writeResults: watch('writeResults', store.writeResults),
      writeErrors: watch('writeErrors', store.writeErrors),
      writeHeartbeat: watch('writeHeartbeat', store.writeHeartbeat),
      writeDiscovery: watch('writeDiscovery', store.writeDiscovery),
    },
    state: () => {
      const current = [...failures.values()].filter(({ atMs }) => monotonicMs() - atMs < FORGOTTEN_MS)
      if (current.some(({ inARow }) => inARow >= MANY)) return 'failing'
      return current.length > 0 ? 'failed' : 'ok'
    },
  }
}
