import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import { within } from '@llmbench/providers/deadline'
import type { Bookkeeper } from './bookkeeper.ts'
import type { Counters } from './counters.ts'
import { StoreUnavailable } from './errors.ts'
import { RUNNER_GAUGES } from './runner-gauges.ts'
import { shareFor } from './share.ts'
import { countStates } from './silence.ts'
import type { AttemptOutcome } from './store/count-attempts.ts'
import type { StoreObserver } from './store/observe-store.ts'
import type { HeardRunner, Store } from './store/store.ts'

/** A scrape that waits longer than this for the store does without what the store would say. */
const LOOK_MS = 1000
/** Anybody may ask, and the store is asked for it. */
const READ_STANDS_MS = 1000
const STORE_BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 8]

export type Metrics = {
  readonly contentType: string
  /** All of it as Prometheus text. However many ask, it is made once a second at most. */
  readonly read: () => Promise<string>
  readonly observeStore: StoreObserver
  readonly countRequest: (method: string, route: string, status: number) => void
  readonly countProblem: (code: string) => void
  readonly countAttempt: (provider: string, outcome: AttemptOutcome) => void
  /** Adds what is read when somebody asks: counters, the queue, and what the store knows of models and runners. */
  readonly watch: (sources: MetricSources) => void
}

export type MetricSources = {
  readonly store: Store
  readonly counters: Counters
  readonly queueDepth: () => number
  readonly bytesUnderWay: () => number
  readonly droppedLogLines: () => number
  readonly bookkeeping: Bookkeeper['state']
  readonly now: () => Date
}

/** Prometheus metrics in a registry of their own; with those of the process, where they are to be read too. */
export function createMetrics({ ofProcess = false }: { readonly ofProcess?: boolean } = {}): Metrics {
  const registry = new Registry()
  if (ofProcess) collectDefaultMetrics({ register: registry })
  const requests = new Counter({
    name: 'llmbench_ingest_requests_total',
    help: 'Requests by route and answer code',
    labelNames: ['method', 'route', 'code'],
    registers: [registry],
  })
  const refusals = new Counter({
    name: 'llmbench_ingest_problems_total',
    help: 'Requests that were refused, by the code of the problem that they were answered with',
    labelNames: ['code'],
    registers: [registry],
  })
  const attempts = new Counter({
    name: 'llmbench_ingest_attempts_total',
    help: 'Attempts taken in, by provider and what became of them: published, unpublished, failed',
    labelNames: ['provider', 'outcome'],
    registers: [registry],
  })
  const store = new Histogram({
    name: 'llmbench_ingest_store_seconds',
    help: 'Time of each store operation',
    labelNames: ['operation', 'outcome'],
    buckets: STORE_BUCKETS_SECONDS,
    registers: [registry],
  })
  return {
    contentType: registry.contentType,
    // One at a time as well: two that clear and fill the same gauges would tell each other's numbers.
    read: shareFor(READ_STANDS_MS, () => registry.metrics()),
    countProblem: (code) => refusals.inc({ code }),
    countRequest: (method, route, code) => requests.inc({ method, route, code }),
    countAttempt: (provider, outcome) => attempts.inc({ provider, outcome }),
    observeStore: async (operation, work) => {
      const took = store.startTimer({ operation })
      try {
        const result = await work()
        took({ outcome: 'answered' })
        return result
      } catch (error) {
        took({ outcome: 'failed' })
        throw error
      }
    },
    watch: (sources) => watch(registry, sources),
  }
}

function watch(registry: Registry, sources: MetricSources): void {
  const { store, counters, queueDepth, bytesUnderWay, bookkeeping, droppedLogLines, now } = sources
  const gauge = (name: string, help: string, labelNames: string[], read: (gauge: Gauge) => unknown): void => {
    const made: Gauge = new Gauge({
      name: `llmbench_ingest_${name}`,
      help,
      labelNames,
      registers: [registry],
      collect: async () => {
        made.reset()
        await read(made)
      },
    })
  }
  const listRunners = shareFor(READ_STANDS_MS, store.listRunners)
  const items = new Counter({
    name: 'llmbench_ingest_items_total',
    help: 'Results, failures and fields by what became of them',
    labelNames: ['verdict'],
    registers: [registry],
    collect: () => {
      items.reset()
      for (const [verdict, count] of Object.entries(counters.read())) items.inc({ verdict }, count)
    },
  })
  const dropped = new Counter({
    name: 'llmbench_ingest_dropped_log_lines_total',
    help: 'Log lines dropped because stderr was not read in time',
    registers: [registry],
    collect: () => {
      dropped.reset()
      dropped.inc(droppedLogLines())
    },
  })
  gauge('queue_depth', 'Single documents that wait for the store or are being written', [], (made) =>
    made.set(queueDepth()),
  )
  gauge('bytes_under_way', 'Bytes of the bodies being read and stored', [], (made) =>
    made.set(bytesUnderWay()),
  )
  gauge(
    'bookkeeping_waiting',
    'Models and fingerprints whose health or rollup is to be derived',
    [],
    (made) => made.set(bookkeeping().waiting),
  )
  gauge('bookkeeping_failing', 'Those that could not be derived and are tried again', [], (made) =>
    made.set(bookkeeping().failing),
  )
  gauge('newest_result_age_seconds', 'Age of the newest published result', ['provider'], (made) =>
    look(store.newestByProvider(), (newest) => {
      for (const { provider, at } of newest)
        made.set({ provider }, Math.max(0, (now().getTime() - at.getTime()) / 1000))
    }),
  )
  gauge('models', 'Enabled models by provider and freshness', ['provider', 'freshness'], (made) =>
    look(store.countFreshness(), (counts) => {
      for (const { provider, freshness, count } of counts) made.set({ provider, freshness }, count)
    }),
  )
  const lookAtRunners = (tell: (runners: readonly HeardRunner[]) => void): Promise<void> =>
    look(listRunners(), tell)
  gauge('runners', 'Runners by state; those not heard any more are silent', ['state'], (made) =>
    lookAtRunners((runners) => {
      for (const [state, count] of countStates(runners, now())) made.set({ state }, count)
    }),
  )
  for (const { name, help, read } of RUNNER_GAUGES) {
    gauge(name, help, ['runner'], (made) =>
      lookAtRunners((runners) => {
        for (const runner of runners) {
          const value = read(runner, now())
          if (value !== null) made.set({ runner: runner.runnerId }, value)
        }
      }),
    )
  }
}

/** A store that does not answer leaves the numbers out: none is better than an old one that looks new. */
async function look<Found>(asked: Promise<Found>, tell: (found: Found) => void): Promise<void> {
  try {
    tell(await within(LOOK_MS, asked, () => new StoreUnavailable('being asked for metrics')))
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error
  }
}
