import type { Logger } from 'pino'
import type { NoteTrouble } from './store/store.ts'

/** What lasts is said again after so long, with how often it was not said. */
const SAY_EVERY_MS = 10 * 60_000
const LONGEST_REASON = 500

/** Logs why documents were not taken: each kind at once, and then now and then. */
export function createTroubleLog(
  logger: Pick<Logger, 'error' | 'warn'>,
  monotonicMs: () => number = () => performance.now(),
): NoteTrouble {
  const told = new Map<string, { readonly atMs: number; unsaid: number }>()
  return ({ collection, code, message, forGood }) => {
    const kind = `${collection} ${code} ${forGood}`
    const known = told.get(kind)
    if (known !== undefined && monotonicMs() - known.atMs < SAY_EVERY_MS) {
      known.unsaid += 1
      return
    }
    told.set(kind, { atMs: monotonicMs(), unsaid: 0 })
    const line = {
      collection,
      code,
      reason: message.slice(0, LONGEST_REASON),
      ...(known === undefined ? {} : { unsaid: known.unsaid }),
    }
    if (forGood) logger.error(line, 'The database refuses documents for good: their senders are told')
    else logger.warn(line, 'The database did not take documents: their senders will send them again')
  }
}
