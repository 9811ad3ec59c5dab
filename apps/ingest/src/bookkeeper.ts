import type { Logger } from 'pino'
import { modelHealth } from './model-health.ts'
import { createSilenceWatch } from './silence.ts'
import type { ModelRef, Store } from './store/store.ts'

const SWEEP_MS = 60_000
const RETRY_MS = 5000
/** Under load the same models come in all the time: looking at them takes at most this share of the store's time. */
const MAX_SHARE = 0.05
const MAX_REST_MS = 30_000
const OVERDUE_MS = 5 * 60_000
const SWEEP_LIMIT = 100
const CATCH_UP_MS = 60 * 60_000

export type Bookkeeper = {
  /** Says that rows of these models and fingerprints came in. */
  readonly mark: (models: readonly ModelRef[], fingerprints: readonly string[]) => void
  /** Begins once the store is prepared; what came in shortly before the last stop is looked at again. */
  readonly start: () => void
  /** Finishes what is marked, as far as the store lets it. */
  readonly stop: () => Promise<void>
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
  const models = new Map<string, ModelRef>()
  const fingerprints = new Set<string>()
  const watchSilence = createSilenceWatch(store, logger)
  let caughtUp = false
  let started = false
  let running: Promise<void> | null = null
  let next: NodeJS.Timeout | null = null
  let restUntil = 0
  let sweep: NodeJS.Timeout | null = null

  const refresh = async (model: ModelRef): Promise<void> => {
    const [document] = await store.findModels([model])
    if (document === undefined) return
    const facts = await store.readModelFacts(model, now())
    const at = now()
    await store.writeModelHealth(model, at, modelHealth(document, facts, cadenceSeconds, at))
  }

  const work = async (): Promise<void> => {
    if (!caughtUp) {
      const touched = await store.listTouched(new Date(now().getTime() - CATCH_UP_MS))
      caughtUp = true
      add(touched.models, touched.fingerprints)
    }
    // Taken out before they are looked at: a row that comes in meanwhile marks its model anew, for the next run.
    const marked = [...models.values()]
    const seen = [...fingerprints]
    models.clear()
    fingerprints.clear()
    try {
      for (let model = marked[0]; model; model = marked[0]) {
        await refresh(model)
        marked.shift()
      }
      for (let fingerprint = seen[0]; fingerprint !== undefined; fingerprint = seen[0]) {
        await store.refreshRollup(fingerprint)
        seen.shift()
      }
    } finally {
      add(marked, seen)
    }
  }

  const add = (newModels: readonly ModelRef[], newFingerprints: readonly string[]): void => {
    for (const model of newModels) models.set(`${model.provider}\n${model.modelId}`, model)
    for (const fingerprint of newFingerprints) fingerprints.add(fingerprint)
  }

  const runIn = (delayMs: number): void => {
    if (next) clearTimeout(next)
    next = setTimeout(run, delayMs).unref()
  }
  const run = (): void => {
    if (!started || running) return
    if (next) clearTimeout(next)
    next = null
    const began = performance.now()
    running = work()
      .then(() => {
        running = null
        const tookMs = performance.now() - began
        restUntil = performance.now() + Math.min(tookMs / MAX_SHARE, MAX_REST_MS)
        if (models.size + fingerprints.size > 0) runWhenRested()
      })
      .catch((error: unknown) => {
        running = null
        logger.warn({ err: error }, 'Bookkeeping failed and will be tried again')
        runIn(RETRY_MS)
      })
  }
  const runWhenRested = (): void => {
    const restMs = restUntil - performance.now()
    if (restMs <= 0) run()
    else if (next === null) runIn(restMs)
  }

  const sweepOverdue = async (): Promise<void> => {
    try {
      await watchSilence(now())
      add(await store.listOverdueHealth(new Date(now().getTime() - OVERDUE_MS), SWEEP_LIMIT), [])
    } catch (error) {
      logger.warn({ err: error }, 'Runners and models could not be looked at and will be next time')
    }
    runWhenRested()
  }

  return {
    mark: (newModels, newFingerprints) => {
      add(newModels, newFingerprints)
      runWhenRested()
    },
    start: () => {
      if (started) return
      started = true
      void sweepOverdue()
      sweep = setInterval(() => void sweepOverdue(), SWEEP_MS).unref()
    },
    stop: async () => {
      if (sweep) clearInterval(sweep)
      if (next) clearTimeout(next)
      // A run under way may have begun before the last mark.
      await running
      run()
      await running
      started = false
    },
  }
}
