import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { WorkFault } from './errors.ts'
import { sentences } from './log-error.ts'
import type { Store } from './store/store.ts'

const RETRY_MS = 1000
/** Where a person has to make room first, looking costs the store more and is hardly ever worth it. */
const LONGEST_RETRY_MS = 15_000
/** How often what was found is looked at again. */
const RECHECK_MS = 30_000

export type Preparation = {
  /** Resolves once the store is ready for the first time, with false where it was stopped before; never rejects. */
  readonly ready: Promise<boolean>
  /** What is wrong with the catalogue's own data, as of the last look; a guard is missing for each. */
  readonly problems: () => readonly string[]
  /** Resolves when the look under way is over. */
  readonly stop: () => Promise<void>
}

export type PreparationOptions = {
  readonly store: Pick<Store, 'prepare' | 'isPrepared'>
  readonly logger: Pick<Logger, 'debug' | 'info' | 'error'>
  readonly recheckMs?: number
}

/**
 * Prepares the store and keeps it prepared: tries until it is there, and then looks again and again whether all still
 * is. Meanwhile the service lives, is not ready, and answers 503. A fault is logged when it appears, and when it is
 * mended.
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
    for (const problem of mended) logger.info({ problem }, 'Mended')
    problems = found
    if (isFirst || failure !== null) logger.info('The store is ready')
    isFirst = false
    failure = null
    retryMs = RETRY_MS
    ready.resolve(!stopping.signal.aborted)
  }
  const fail = (error: unknown): void => {
    // Tried every second: said again only when the reason changes.
    const reason = sentences(error).join(': ')
    const level = reason === failure ? 'debug' : 'error'
    const said = store.isPrepared()
      ? 'The store could not be looked at and will be again'
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
      // An aborted pause ends like any other.
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
