import type { Logger } from 'pino'
import { saySeldom } from './seldom.ts'
import type { NoteTrouble } from './store/store.ts'

/** A lasting cause is logged again after this long, with the number of suppressed lines. */
const SAY_EVERY_MS = 10 * 60_000
const LONGEST_REASON = 500

/** Logs why documents were not stored: each cause at once, then every ten minutes. */
export function createTroubleLog(
  logger: Pick<Logger, 'error' | 'warn'>,
  monotonicMs: () => number = () => performance.now(),
): NoteTrouble {
  const due = saySeldom(SAY_EVERY_MS, monotonicMs)
  return ({ collection, code, message, forGood }) => {
    const unsaid = due(`${collection} ${code} ${forGood}`)
    if (unsaid === null) return
    const line = {
      collection,
      code,
      reason: message.slice(0, LONGEST_REASON),
      ...(unsaid === 0 ? {} : { unsaid }),
    }
    if (forGood)
      logger.error(line, 'The database permanently refuses documents, which are answered as rejected')
    else logger.warn(line, 'The database did not store documents, which are answered with 503')
  }
}
