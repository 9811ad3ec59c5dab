/** Keeps a provider's failure streaks over a restart: a model that rests must not be asked anew by every start. */
import type { Logger } from 'pino'
import type { Clock } from './clock.ts'
import { describeError } from './faults.ts'
import type { OutboxClient } from './outbox/client.ts'
import type { Streak } from './streak.ts'

export type StreakMemory = {
  /** What was kept by the last process; empty when it cannot be read. Never rejects. */
  readonly load: () => Promise<ReadonlyMap<string, Streak>>
  /** Keeps the model's streak, where it has changed. Never rejects. */
  readonly keep: (model: string, streak: Streak) => Promise<void>
}

export type MemoryParts = {
  readonly store: Pick<OutboxClient, 'readStreaks' | 'keepStreak'>
  readonly provider: string
  readonly clock: Clock
  readonly logger: Logger
}

/** The memory of one provider. Rests are kept as wall time: the monotonic clock begins anew with the machine. */
export function createStreakMemory({ store, provider, clock, logger }: MemoryParts): StreakMemory {
  const kept = new Map<string, Streak>()
  return {
    load: async () => {
      try {
        const wallMs = clock.wallMs()
        const toMonotonic = clock.monotonicMs() - wallMs
        for (const { model, failures, restsUntilMs } of await store.readStreaks(provider, wallMs)) {
          const rests = restsUntilMs === null ? null : restsUntilMs + toMonotonic
          kept.set(model, { failures, restsUntilMs: rests })
        }
      } catch (error) {
        logger.warn({ provider, reason: describeError(error) }, 'The failure streaks cannot be read')
      }
      return new Map(kept)
    },
    keep: async (model, streak) => {
      const before = kept.get(model) ?? { failures: 0, restsUntilMs: null }
      if (before.failures === streak.failures && before.restsUntilMs === streak.restsUntilMs) return
      kept.set(model, streak)
      try {
        const wallMs = clock.wallMs()
        const rests = streak.restsUntilMs
        const restsUntilMs = rests === null ? null : Math.round(rests - clock.monotonicMs() + wallMs)
        await store.keepStreak(provider, { model, failures: streak.failures, restsUntilMs }, wallMs)
      } catch (error) {
        logger.warn({ provider, model, reason: describeError(error) }, 'A failure streak cannot be kept')
      }
    },
  }
}
