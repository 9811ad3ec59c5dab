import type { Logger } from 'pino'
import { createBacklog } from './backlog.ts'
import { entriesByModel, modelHealth } from './model-health.ts'
import { createSilenceWatch } from './silence.ts'
import { modelName, type ModelRef, type Store } from './store/store.ts'
import { workThrough } from './work-through.ts'

const SWEEP_MS = 60_000
const RETRY_MS = 5000
/** Deriving takes at most this share of the store's time: under load the same models come in all the time. */
const MAX_SHARE = 0.05
const MAX_REST_MS = 30_000
/** A model's freshness changes with time alone, so nothing has to come in for it to be derived again. */
const OVERDUE_MS = 5 * 60_000
/** What is not measured changes by hand alone, but for its counts of the last day. */
const DISABLED_OVERDUE_MS = 24 * 3_600_000
/** Overdue models of one run, so that what came in meanwhile does not wait for all of a large catalogue. */
const SWEEP_MODELS = 2000
const GROUP_MODELS = 100
const CATCH_UP_MS = 60 * 60_000

export type Bookkeeper = {
  /** Says that rows of these models and fingerprints came in. */
  readonly mark: (models: readonly ModelRef[], fingerprints: readonly string[]) => void
  /** Begins once the store is prepared; what came in shortly before the last stop is looked at again. */
  readonly start: () => void
  /** Finishes what is marked, as far as the store lets it. */
  readonly stop: () => Promise<void>
  /** Models and fingerprints that rows came in of and that are not derived yet, and how many of all cannot be. */
  readonly state: () => { readonly waiting: number; readonly failing: number }
}

export type BookkeeperOptions = {
  readonly store: Store
  readonly logger: Logger
  readonly cadenceSeconds: number
  readonly now: () => Date
}

/**
 * Keeps `bench_model_health` and `error_rollups` in step with the rows. Both are derived from the rows and never
 * counted along, so a crash between a row and its bookkeeping, or doing it twice, cannot make them wrong.
 */
export function createBookkeeper({ store, logger, cadenceSeconds, now }: BookkeeperOptions): Bookkeeper {
  const models = createBacklog<ModelRef>(modelName)
  const fingerprints = createBacklog<string>((fingerprint) => fingerprint)
  const watchSilence = createSilenceWatch(store, logger)
  let caughtUp = false
  let started = false
  let running: Promise<void> | null = null
  let sweeping: Promise<void> | null = null
  let sweepTimer: NodeJS.Timeout | null = null
  let next: { readonly timer: NodeJS.Timeout; readonly atMs: number } | null = null
  let restUntilMs = 0

  const refreshModels = async (wanted: readonly ModelRef[]): Promise<void> => {
    const entries = entriesByModel(await store.findModels(wanted))
    const known = wanted.flatMap((model) => {
      const entry = entries.get(modelName(model))
      return entry === undefined ? [] : [{ model, entry }]
    })
    const facts = await store.readModelFacts(
      known.map(({ model }) => model),
      now(),
    )
    const at = now()
    await store.writeModelHealth(
      known.map(({ model, entry }, index) => ({
        model,
        updatedAt: at,
        document: modelHealth(entry, facts[index]!, cadenceSeconds, at),
      })),
    )
  }
  const refreshRollups = async (wanted: readonly string[]): Promise<void> => {
    for (const fingerprint of wanted) await store.refreshRollup(fingerprint)
  }

  const work = async (): Promise<void> => {
    const failed: { readonly item: unknown; readonly error: unknown }[] = []
    const shared = {
      checkAlive: store.ping,
      onFailure: (item: unknown, error: unknown) => void failed.push({ item, error }),
    }
    const ofModels = { ...shared, backlog: models, groupSize: GROUP_MODELS, work: refreshModels }
    const ofRollups = { ...shared, backlog: fingerprints, groupSize: 1, work: refreshRollups }
    try {
      // Taken out before they are looked at: a row that comes in meanwhile marks its model for the next run.
      await workThrough(models.take(), ofModels)
      await workThrough(fingerprints.take(), ofRollups)
      if (started) await workThrough(models.takeIdle(SWEEP_MODELS), ofModels)
    } finally {
      const [first] = failed
      if (first !== undefined)
        logger.warn(
          { err: first.error, first: first.item, count: failed.length },
          'Health or rollups could not be derived and will be tried again, ever less often',
        )
    }
  }

  const run = (): void => {
    if (running) return
    if (next) clearTimeout(next.timer)
    next = null
    const beganMs = performance.now()
    running = work()
      .then(() => {
        const tookMs = performance.now() - beganMs
        restUntilMs = performance.now() + Math.min(tookMs / MAX_SHARE, MAX_REST_MS)
      })
      .catch((error: unknown) => {
        restUntilMs = performance.now() + RETRY_MS
        logger.warn({ err: error }, 'Bookkeeping failed and will be tried again')
      })
      .finally(() => {
        running = null
        const dueMs = [models.dueInMs(), fingerprints.dueInMs()].filter((each) => each !== null)
        if (dueMs.length > 0) runIn(Math.min(...dueMs))
      })
  }
  /** Runs after so long, and not before the store has had its rest. */
  const runIn = (delayMs: number): void => {
    if (!started || running) return
    const atMs = Math.max(performance.now() + delayMs, restUntilMs)
    if (next && next.atMs <= atMs) return
    if (next) clearTimeout(next.timer)
    next = { atMs, timer: setTimeout(run, Math.max(0, atMs - performance.now())).unref() }
  }

  const catchUp = async (): Promise<void> => {
    if (caughtUp) return
    const touched = await store.listTouched(new Date(now().getTime() - CATCH_UP_MS))
    caughtUp = true
    models.add(touched.models)
    fingerprints.add(touched.fingerprints)
  }
  const findDue = async (): Promise<void> => {
    const nowMs = now().getTime()
    const { due, orphaned } = await store.findDueHealth({
      active: new Date(nowMs - OVERDUE_MS),
      disabled: new Date(nowMs - DISABLED_OVERDUE_MS),
      until: new Date(nowMs + SWEEP_MS),
    })
    models.addIdle(due)
    if (orphaned.length === 0) return
    await store.removeHealth(orphaned)
    logger.info(
      { count: orphaned.length, first: orphaned[0] },
      'Health was removed of models that the catalogue has no more',
    )
  }
  const sweepOnce = async (): Promise<void> => {
    for (const [step, what] of [
      [() => watchSilence(now()), 'Silent runners could not be looked for'],
      [catchUp, 'What came in before the start could not be listed'],
      [findDue, 'Models whose health is due could not be listed'],
    ] as const) {
      await step().catch((error: unknown) =>
        logger.warn({ err: error }, `${what}; it is tried again in a minute`),
      )
    }
    runIn(0)
  }
  const sweep = (): void => {
    sweeping ??= sweepOnce().finally(() => {
      sweeping = null
    })
  }

  return {
    mark: (newModels, newFingerprints) => {
      models.add(newModels)
      fingerprints.add(newFingerprints)
      runIn(0)
    },
    start: () => {
      if (started) return
      started = true
      sweep()
      sweepTimer = setInterval(sweep, SWEEP_MS).unref()
    },
    stop: async () => {
      if (sweepTimer) clearInterval(sweepTimer)
      if (next) clearTimeout(next.timer)
      next = null
      started = false
      await sweeping
      // A run under way may have begun before the last mark.
      await running
      run()
      await running
    },
    state: () => ({
      waiting: models.waiting() + fingerprints.waiting(),
      failing: models.failing() + fingerprints.failing(),
    }),
  }
}
