import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { WorkFault } from './errors.ts'
import { sentences } from './log-error.ts'
import type { Store } from './store/store.ts'

const RETRY_MS = 1000
/** Documents in the way of an index have to be removed by a person, and finding them is expensive. */
const LONGEST_RETRY_MS = 15_000
/** How often a prepared store is checked. */
const RECHECK_MS = 30_000

export type Preparation = {
  /** Resolves with true once the store is ready for the first time, with false when stopped before; never rejects. */
  readonly ready: Promise<boolean>
  /** Faults in the catalogue's data, as of the last check; an index is missing for each. */
  readonly problems: () => readonly string[]
  /** Resolves when the current check has ended. */
  readonly stop: () => Promise<void>
}

export type PreparationOptions = {
  readonly store: Pick<Store, 'prepare' | 'isPrepared'>
  readonly logger: Pick<Logger, 'debug' | 'info' | 'error'>
  readonly recheckMs?: number
}

/**
 * Prepares the store, retrying until it succeeds, and then checks it periodically. Until then the service answers 503.
 * Faults are logged when they appear and when they are fixed.
 */
export function keepPrepared({ store, logger, recheckMs = RECHECK_MS }: PreparationOptions): Preparation {
  const stopping = new AbortController()
  const ready = Promise.withResolvers<boolean>()
  let problems: readonly string[] = []
  let failure: string | null = null
  let isFirst = true
  let retryMs = RETRY_MS

  const succeed = (found: readonly string[]): void => {
    for (const problem of found.filter((each) => !problems.includes(each))) logger.error(problem)
    const mended = problems.filter((each) => !found.includes(each))
    for (const problem of mended) logger.info({ problem }, 'A fault of the catalogue is fixed')
    problems = found
    if (isFirst || failure !== null) logger.info('The store is ready')
    isFirst = false
    failure = null
    retryMs = RETRY_MS
    ready.resolve(!stopping.signal.aborted)
  }
  const fail = (error: unknown): void => {
    // Retried every second: logged again only when the reason changes.
    const reason = sentences(error).join(': ')
    const level = reason === failure ? 'debug' : 'error'
    const said = store.isPrepared()
      ? 'Checking the store failed and will be retried'
      : 'The store is not ready and will be tried again'
    logger[level]({ err: error }, said)
    failure = reason
    retryMs = error instanceof WorkFault ? Math.min(LONGEST_RETRY_MS, retryMs * 2) : RETRY_MS
  }
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        succeed((await store.prepare()).problems)
      } catch (error) {
        fail(error)
      }
      // Aborting rejects the pause; the loop condition handles it.
      await sleep(failure === null ? recheckMs : retryMs, undefined, { signal: stopping.signal }).catch(
        () => undefined,
      )
    }
    ready.resolve(false)
  }
  const running = run()
  return {
    ready: ready.promise,
    problems: () => problems,
    stop: async () => {
      stopping.abort()
      await running
    },
  }
}
