import type { Logger } from 'pino'
import { saySeldom } from './seldom.ts'
import type { NoteTrouble } from './store/store.ts'

/** What lasts is said again after so long, with how often it was not said. */
const SAY_EVERY_MS = 10 * 60_000
const LONGEST_REASON = 500

/** Logs why documents were not taken: each kind at once, and then now and then. */
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
    if (forGood) logger.error(line, 'The database refuses documents for good: their senders are told')
    else logger.warn(line, 'The database did not take documents: their senders will send them again')
  }
}
