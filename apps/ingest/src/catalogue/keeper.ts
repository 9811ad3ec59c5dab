import type { Logger } from 'pino'
import type { CatalogueDocument, ModelEdit, ModelRef, Store } from '../store/store.ts'
import { admissionOf } from './admission.ts'
import { instantOf, stateOf } from './entry.ts'
import { recheckOf } from './recheck.ts'
import { promoted, rechecked } from './transitions.ts'
import { publishedOf } from '../documents/publication.ts'

const TICK_MS = 60_000
/** More runs than this of one candidate say nothing new. */
const MAX_RUNS = 500
const ACTOR = 'ingest'

export type Keeper = {
  readonly start: () => void
  /** Ends the timer and waits for the look under way. */
  readonly stop: () => Promise<void>
  /** One look at every candidate and every recheck. Never rejects: what failed is tried again at the next. */
  readonly tick: () => Promise<void>
}

export type KeeperOptions = {
  readonly store: Store
  readonly logger: Logger
  readonly publishedProfiles: ReadonlySet<string>
  /** Whether a candidate that has earned its place gets it without a person. */
  readonly promoteAutomatically: boolean
  readonly now: () => Date
}

/** Acts on the dates and runs of entries that are not enabled: closes rechecks, and promotes where it may. */
export function createKeeper(options: KeeperOptions): Keeper {
  const { store, logger, now } = options
  const readPending = pendingReader(store)
  let running: Promise<void> | null = null
  let timer: NodeJS.Timeout | null = null

  const keepAll = async (): Promise<void> => {
    for (const document of await readPending()) {
      try {
        await keepOne(options, document, now())
      } catch (error) {
        logger.warn(
          { err: error, model: document['model_id'] },
          'An entry of the catalogue could not be kept',
        )
      }
    }
  }
  const tick = (): Promise<void> => {
    running ??= keepAll()
      .catch((error: unknown) => logger.warn({ err: error }, 'The catalogue could not be looked at'))
      .finally(() => {
        running = null
      })
    return running
  }
  return {
    start: () => {
      timer ??= setInterval(() => void tick(), TICK_MS).unref()
      void tick()
    },
    stop: async () => {
      if (timer) clearInterval(timer)
      await running
    },
    tick,
  }
}

/** The entries something may be due for, read again only when the catalogue has changed. */
function pendingReader(store: Store): () => Promise<readonly CatalogueDocument[]> {
  let kept: { version: string | null; documents: readonly CatalogueDocument[] } | null = null
  return async () => {
    const version = store.catalogueVersion()
    if (kept === null || version === null || kept.version !== version) {
      const documents = (await store.listModels()).filter(
        (document) => document['probe'] === true || document['recheck_after'] != null,
      )
      kept = { version, documents }
    }
    return kept.documents
  }
}

async function keepOne(options: KeeperOptions, document: CatalogueDocument, now: Date): Promise<void> {
  const { provider, model_id: modelId } = document
  if (typeof provider !== 'string' || typeof modelId !== 'string') return
  const state = stateOf(document, now)
  if (state === 'probe' && options.promoteAutomatically)
    await promote(options, { provider, modelId }, document)
  if (state === 'recheck') await closeRecheck(options, { provider, modelId }, document, now)
}

async function promote(
  { store, logger, publishedProfiles, now }: KeeperOptions,
  model: ModelRef,
  document: CatalogueDocument,
): Promise<void> {
  const since = instantOf(document['probe_since']) ?? new Date(0)
  const runs = await store.recentRuns(model, { since, limit: MAX_RUNS })
  const { missing, successes, hours } = admissionOf(runs, publishedOf(document, publishedProfiles))
  if (missing.length > 0) return
  const at = now()
  const reason = `${successes} successes in ${hours} hours`
  const edit: ModelEdit = (before) => (stateOf(before, at) === 'probe' ? promoted(at) : null)
  const outcome = await store.changeModel(model, edit, { action: 'promote', at, actor: ACTOR, reason })
  if (outcome === 'changed') logger.info({ ...model, reason }, 'A candidate was promoted')
  else tellUnchanged(logger, model, outcome)
}

async function closeRecheck(
  { store, logger, publishedProfiles, now }: KeeperOptions,
  model: ModelRef,
  document: CatalogueDocument,
  looked: Date,
): Promise<void> {
  const since = instantOf(document['recheck_after']) ?? looked
  const runs = await store.recentRuns(model, { since, limit: MAX_RUNS })
  const closed = recheckOf(runs, publishedOf(document, publishedProfiles), { since, now: looked })
  if (closed === null) return
  const at = now()
  const edit: ModelEdit = (before) =>
    stateOf(before, at) === 'recheck' ? rechecked({ since, at }, closed) : null
  const outcome = await store.changeModel(model, edit, {
    action: 'recheck',
    at,
    actor: ACTOR,
    reason: closed.reason,
  })
  if (outcome === 'changed')
    logger.info({ ...model, result: closed.result }, 'The recheck of a disabled model was closed')
  else tellUnchanged(logger, model, outcome)
}

/** Somebody else was faster, or another spelling is enabled: a person may have to look. */
function tellUnchanged(
  logger: Logger,
  model: ModelRef,
  outcome: Exclude<Awaited<ReturnType<Store['changeModel']>>, 'changed'>,
): void {
  const line = { ...model, outcome }
  if (outcome === 'clash')
    logger.warn(line, 'A candidate was not promoted: another spelling of it is enabled')
  else logger.debug(line, 'An entry was changed by somebody else first')
}
