import Fastify, { LogController, type FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import type { Bookkeeper } from './bookkeeper.ts'
import type { IngestConfig } from './config.ts'
import { createCounters } from './counters.ts'
import { decideErrors, decideResults, type Decision } from './decide.ts'
import { StoreUnavailable } from './errors.ts'
import { createGroupCommit, type GroupCommit } from './group-commit.ts'
import { createHealth } from './health.ts'
import { createKeyRing } from './keys/key-ring.ts'
import type { Metrics } from './metrics.ts'
import { addAdmission } from './plugins/admission.ts'
import { addAuth } from './plugins/auth.ts'
import { addDrain, type Drain } from './plugins/drain.ts'
import { addJsonBody } from './plugins/json-body.ts'
import { addPages } from './plugins/pages.ts'
import { addProblems, answerClientError, answerError } from './plugins/problems.ts'
import { addRateLimits } from './plugins/rate-limit.ts'
import { addRequestLog } from './plugins/request-log.ts'
import { addBatchRoute } from './routes/batch.ts'
import { addCatalogRoute } from './routes/catalog.ts'
import { HANDLER_MS, type RouteContext } from './routes/context.ts'
import { addHealthRoutes } from './routes/health.ts'
import { addHeartbeatRoute } from './routes/heartbeat.ts'
import { addMetricsRoute } from './routes/metrics.ts'
import { addRunnerConfigRoute } from './routes/runner-config.ts'
import { addSingleRoutes } from './routes/single.ts'
import type { SecretSet } from './secrets.ts'
import type { ErrorRow, ResultRow, Store } from './store/store.ts'

export type AppOptions = {
  readonly config: Pick<
    IngestConfig,
    'intervalMinutes' | 'publishedProfiles' | 'limits' | 'trustedProxies' | 'metricsAddress'
  >
  readonly store: Store
  readonly bookkeeper: Bookkeeper
  readonly secrets: SecretSet
  readonly logger: Logger
  readonly metrics: Metrics
  readonly version: string
  readonly catalogueProblems?: () => readonly string[]
  /** Called before the first route is added. */
  readonly traceRequests?: (app: FastifyInstance) => Promise<void>
  readonly now?: () => Date
}

const REQUEST_MS = 15_000
const HEADERS_MS = 5000

/** The whole API on the given store, not yet listening. `drain` closes it without waiting for idle sockets. */
export async function buildApp(options: AppOptions): Promise<{ app: FastifyInstance; drain: Drain }> {
  const { config, store, logger, version, metrics } = options
  const now = options.now ?? (() => new Date())
  const app = createServer(config, logger)
  await options.traceRequests?.(app)
  const drain = addDrain(app, HANDLER_MS)
  const counters = createCounters()
  const results = groupCommit((rows: readonly ResultRow[]) => decideResults(store, rows))
  const failures = groupCommit((rows: readonly ErrorRow[]) => decideErrors(store, rows))
  const context: RouteContext = {
    config,
    store,
    bookkeeper: options.bookkeeper,
    counters,
    decideResult: results.write,
    decideError: failures.write,
    now,
  }

  addRequestLog(app, metrics)
  addProblems(app)
  addJsonBody(app, config.limits)
  const rateLimits = await addRateLimits(app, config.limits)
  const requireScope = await addAuth(app, {
    secrets: options.secrets,
    keyRing: createKeyRing(store),
    onFailure: rateLimits.countFailure,
  })

  addHealthRoutes(app, {
    store,
    isDraining: drain.isDraining,
    readHealth: createHealth({
      store,
      version,
      counters,
      catalogueProblems: options.catalogueProblems ?? (() => []),
      now,
    }),
  })
  await addPages(app, version)
  if (config.metricsAddress === null) addMetricsRoute(app, metrics)
  let bytesUnderWay = (): number => 0
  await app.register(async (writers) => {
    writers.addHook('onRequest', requireScope('results:write'))
    writers.addHook('onRequest', rateLimits.checkKey)
    // Outside the admission: a runner must be heard above all when there is too much to do.
    addHeartbeatRoute(writers, context)
    await writers.register(async (admitted) => {
      bytesUnderWay = await addAdmission(admitted, config.limits)
      addSingleRoutes(admitted, context)
      addBatchRoute(admitted, context)
      addCatalogRoute(admitted, context)
    })
  })
  await app.register(async (readers) => {
    readers.addHook('onRequest', requireScope('config:read'))
    readers.addHook('onRequest', rateLimits.checkKey)
    addRunnerConfigRoute(readers, context)
  })
  const queueDepth = (): number => results.depth() + failures.depth()
  metrics.watch({ store, counters, queueDepth, bytesUnderWay, now })
  return { app, drain }
}

const MAX_GROUP_ROWS = 500

const groupCommit = <Row>(
  writeAll: (rows: readonly Row[]) => Promise<Decision[]>,
): GroupCommit<Row, Decision> =>
  createGroupCommit({
    writeAll,
    maxRows: MAX_GROUP_ROWS,
    isStoreFault: (error) => error instanceof StoreUnavailable,
  })

function createServer({ limits, trustedProxies }: AppOptions['config'], logger: Logger): FastifyInstance {
  return Fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: limits.bodyBytes,
    trustProxy: trustedProxies.length > 0 ? [...trustedProxies] : false,
    requestTimeout: REQUEST_MS,
    // The default checks every 30 s, which would let slow clients have six times their time.
    http: { headersTimeout: HEADERS_MS, connectionsCheckingInterval: 1000 },
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    frameworkErrors: (error, request, reply) => void answerError(error, request, reply),
    clientErrorHandler: answerClientError,
  }) as unknown as FastifyInstance
}
