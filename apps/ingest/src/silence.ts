import type { Logger } from 'pino'
import type { RunnerState, Store } from './store/store.ts'

/** A runner says something every 30 s; after this long without a word its last state is no longer true. */
const SILENT_AFTER_MS = 180_000

/** Whether a runner that should be heard is not. One that said it stopped is not expected to speak. */
const isSilent = ({ state, receivedAt }: RunnerState, now: Date): boolean =>
  state !== 'stopped' && now.getTime() - receivedAt.getTime() > SILENT_AFTER_MS

/** How many runners are in each state; those that should be heard and are not are `silent`. */
export function countStates(runners: readonly RunnerState[], now: Date): Map<string, number> {
  const counts = new Map<string, number>()
  for (const runner of runners) {
    const shown = isSilent(runner, now) ? 'silent' : runner.state
    counts.set(shown, (counts.get(shown) ?? 0) + 1)
  }
  return counts
}

/** A check to be repeated: raises the alarm once for each runner that falls silent, and says when it is back. */
export function createSilenceWatch(store: Store, logger: Logger): (now: Date) => Promise<void> {
  const silent = new Set<string>()
  return async (now) => {
    for (const runner of await store.listRunners()) {
      const { runnerId, receivedAt } = runner
      if (isSilent(runner, now) === silent.has(runnerId)) continue
      if (silent.delete(runnerId)) logger.info({ runnerId }, 'A runner is heard again')
      else {
        silent.add(runnerId)
        logger.error({ runnerId, lastHeardAt: receivedAt }, 'A runner has fallen silent')
      }
    }
  }
}
