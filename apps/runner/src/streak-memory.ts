/** Keeps what a provider's lane knows over a restart: a start measures only what is due, and a rest goes on. */
import type { Logger } from 'pino'
import type { Clock } from './clock.ts'
import { describeError } from './faults.ts'
import type { OutboxClient } from './outbox/client.ts'
import type { Streak } from './streak.ts'

/** What the last process left, on the monotonic clock of this one. */
export type Remembered = {
  /** A moment at which a slot began; null where none was kept. */
  readonly anchorMs: number | null
  readonly models: ReadonlyMap<string, Streak>
}

export const NOTHING_REMEMBERED: Remembered = { anchorMs: null, models: new Map() }

export type StreakMemory = {
  /** What was kept by the last process; nothing when it cannot be read. Never rejects. */
  readonly load: () => Promise<Remembered>
  /** Keeps what is known of the model. Never rejects. */
  readonly keep: (model: string, streak: Streak) => Promise<void>
  /** Forgets a model that left the worklist. Never rejects. */
  readonly forget: (model: string) => Promise<void>
  /** Keeps where the slots lie. Never rejects. */
  readonly keepAnchor: (anchorMs: number) => Promise<void>
}

export type MemoryParts = {
  readonly store: Pick<OutboxClient, 'readModels' | 'keepModel' | 'forgetModel' | 'keepAnchor'>
  readonly provider: string
  readonly clock: Clock
  readonly logger: Logger
}

/** The memory of one provider. Moments are kept as wall time: the monotonic clock starts again with the machine. */
export function createStreakMemory({ store, provider, clock, logger }: MemoryParts): StreakMemory {
  const toWall = (ms: number | null): number | null =>
    ms === null ? null : Math.round(ms - clock.monotonicMs() + clock.wallMs())
  const survive = async (what: string, write: () => Promise<unknown>): Promise<void> => {
    try {
      await write()
    } catch (error) {
      logger.warn({ provider, reason: describeError(error) }, what)
    }
  }
  return {
    load: async () => {
      let remembered = NOTHING_REMEMBERED
      await survive('Model states cannot be read', async () => {
        const wallMs = clock.wallMs()
        const offsetMs = clock.monotonicMs() - wallMs
        const toMonotonic = (ms: number | null): number | null => (ms === null ? null : ms + offsetMs)
        const { anchorMs, models } = await store.readModels(provider, wallMs)
        remembered = {
          // A moment to come is a wall clock that was set back.
          anchorMs: anchorMs === null || anchorMs > wallMs ? null : anchorMs + offsetMs,
          models: new Map(
            models.map(({ model, restsUntilMs, attemptedMs, ...kept }) => [
              model,
              { ...kept, restsUntilMs: toMonotonic(restsUntilMs), attemptedMs: toMonotonic(attemptedMs) },
            ]),
          ),
        }
      })
      return remembered
    },
    keep: (model, { restsUntilMs, attemptedMs, ...streak }) =>
      survive('A model state cannot be kept', () =>
        store.keepModel(
          provider,
          { model, ...streak, restsUntilMs: toWall(restsUntilMs), attemptedMs: toWall(attemptedMs) },
          clock.wallMs(),
        ),
      ),
    forget: (model) => survive('A model state cannot be forgotten', () => store.forgetModel(provider, model)),
    keepAnchor: (anchorMs) =>
      survive('The slots cannot be kept', () => store.keepAnchor(provider, toWall(anchorMs) ?? 0)),
  }
}
