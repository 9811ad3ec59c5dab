import type { Logger } from 'pino'
import { StoreUnavailable } from '../errors.ts'
import type { Store } from './store.ts'

/** What senders wait for, each watched by itself: a disk may have room for a heartbeat and none for a batch. */
type Write = 'writeResults' | 'writeErrors' | 'writeHeartbeat' | 'writeDiscovery'

/** So many failures of one kind in a row are no accident. */
const MANY = 3
/** After so long without another failure it has to be tried: nobody writes to a service that says it cannot. */
const FORGOTTEN_MS = 120_000

/** `doubtful`: the newest write of a kind failed. `refused`: so did those before it. */
export type WriteState = 'taken' | 'doubtful' | 'refused'

export type WatchedWrites = { readonly store: Store; readonly state: () => WriteState }

/** The same store, and whether it takes what is written to it; a change for the worse or the better is logged. */
export function watchWrites(
  store: Store,
  logger: Pick<Logger, 'error' | 'info'>,
  monotonicMs: () => number = () => performance.now(),
): WatchedWrites {
  const failures = new Map<Write, { readonly inARow: number; readonly atMs: number }>()

  const succeed = (write: Write): void => {
    const before = failures.get(write)
    failures.delete(write)
    if (before !== undefined && before.inARow >= MANY) logger.info({ write }, 'The store takes writes again')
  }
  const fail = (write: Write, err?: unknown): void => {
    const inARow = (failures.get(write)?.inARow ?? 0) + 1
    failures.set(write, { inARow, atMs: monotonicMs() })
    if (inARow === MANY)
      logger.error({ write, ...(err === undefined ? {} : { err }) }, 'The store takes no writes')
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
      if (current.some(({ inARow }) => inARow >= MANY)) return 'refused'
      return current.length > 0 ? 'doubtful' : 'taken'
    },
  }
}
