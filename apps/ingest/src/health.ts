import type { Counters } from './counters.ts'
import { StoreUnavailable } from './errors.ts'
import type { Store } from './store/store.ts'
import type { WriteState } from './store/watch-writes.ts'
import { shareFor } from './share.ts'
import { countStates } from './silence.ts'
import { createCatalogueLook, type CatalogueLook } from './catalogue/look.ts'

/** `/health` promises 100 ms. */
const LOOK_MS = 80
/** How old an answer may be that stands in for one that is late. */
const STAND_IN_MS = 5000
/** How many odd entries are told by name. */
const MAX_ODD = 20

type Look = {
  readonly latencyMs: number
  readonly newest: Date | null
  readonly runners: Readonly<Record<string, number>>
}

export type Health = { readonly healthy: boolean; readonly document: Readonly<Record<string, unknown>> }
export type HealthOptions = {
  readonly store: Store
  readonly writeState: () => WriteState
  readonly version: string
  readonly counters: Counters
  readonly catalogueProblems: () => readonly string[]
  readonly droppedLogLines: () => number
  readonly now: () => Date
}

/** A reader of the service's own state. "No data" is null; "could not look" is `reachable: false`. */
export function createHealth(options: HealthOptions): () => Promise<Health> {
  const { store, writeState, version, counters, catalogueProblems, droppedLogLines, now } = options
  let last: { look: Look; at: number } | null = null
  const lookAtCatalogue = createCatalogueLook(store, now)

  const lookOnce = async (): Promise<Look> => {
    const began = performance.now()
    const [newest, runners] = await Promise.all([store.newestPublishedAt(), store.listRunners()])
    const latencyMs = Math.round((performance.now() - began) * 100) / 100
    const found = {
      latencyMs,
      newest,
      runners: Object.fromEntries(countStates(runners, now())),
    }
    last = { look: found, at: performance.now() }
    return found
  }
  // One look at a time: what hangs must not be asked again by everybody who wants to know.
  const look = shareFor(0, lookOnce)
  const standIn = (): Look | null => (last && performance.now() - last.at < STAND_IN_MS ? last.look : null)

  return async () => {
    const [answer, seen] = store.isPrepared()
      ? await Promise.all([orLate(look()), orLate(lookAtCatalogue())])
      : [null, null]
    const catalogue = seen === 'late' ? null : seen
    const found = answer === 'late' ? standIn() : answer
    const writes = writeState()
    const isUnavailable = found === null || writes === 'failing'
    const isDegraded = writes === 'failed' || (found !== null && 'silent' in found.runners)
    const document = {
      status: isUnavailable ? 'unavailable' : isDegraded ? 'degraded' : 'ok',
      version,
      store: {
        kind: store.kind,
        reachable: found !== null,
        writes,
        latency_ms: found?.latencyMs ?? null,
      },
      newest_result_age_seconds: ageSeconds(found?.newest ?? null, now()),
      runners: found?.runners ?? null,
      rejected_models: catalogue?.rejected ?? null,
      odd_models: tellOdd(catalogue),
      catalogue_problems: catalogueProblems(),
      dropped_log_lines: droppedLogLines(),
      counters: counters.read(),
    }
    return { healthy: !isUnavailable, document }
  }
}

/** What was asked for, null from a store that does not answer. A large catalogue may be late without being ill. */
async function orLate<Seen>(look: Promise<Seen>): Promise<Seen | 'late' | null> {
  const late = Promise.withResolvers<'late'>()
  const timer = setTimeout(() => late.resolve('late'), LOOK_MS)
  const known = look.catch((error: unknown) => {
    if (error instanceof StoreUnavailable) return null
    throw error
  })
  return await Promise.race([known, late.promise]).finally(() => clearTimeout(timer))
}

const tellOdd = (catalogue: CatalogueLook | null) =>
  catalogue?.odd ? { count: catalogue.odd.length, first: catalogue.odd.slice(0, MAX_ODD) } : null

const ageSeconds = (date: Date | null, now: Date): number | null =>
  date === null ? null : Math.max(0, (now.getTime() - date.getTime()) / 1000)
