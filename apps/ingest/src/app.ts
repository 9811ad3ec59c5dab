import Fastify, { LogController, type FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import type { Bookkeeper } from './bookkeeper.ts'
import { trustOnly } from './client-address.ts'
import type { IngestConfig } from './config.ts'
import { boundConnections } from './connections.ts'
import { createCounters } from './counters.ts'
import { decideErrors, decideResults, type Decision } from './decide.ts'
import { overloaded, StoreUnavailable } from './errors.ts'
import { createGroupCommit, type GroupCommit } from './group-commit.ts'
import { createHealth } from './health.ts'
import { createKeyRing } from './keys/key-ring.ts'
import type { Metrics } from './metrics.ts'
import { createOpenApiDocument } from './openapi/document.ts'
import { addAdmission } from './plugins/admission.ts'
import { addAuth } from './plugins/auth.ts'
import { addDrain, type Drain } from './plugins/drain.ts'
import { addJsonBody } from './plugins/json-body.ts'
import { addPages } from './plugins/pages.ts'
import { addProblems, answerClientError, answerError } from './plugins/problems.ts'
import { createRateLimits } from './plugins/rate-limit.ts'
import { addRequestLog } from './plugins/request-log.ts'
import { addStrictHttp } from './plugins/strict-http.ts'
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
import { watchWrites } from './store/watch-writes.ts'

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
  /** Log lines dropped since the start because stderr was not read in time. */
  readonly droppedLogLines?: () => number
  /** Called before the first route is added. */
  readonly traceRequests?: (app: FastifyInstance) => Promise<void>
  /** Concurrent connections; unlimited where not set. */
  readonly maxConnections?: number
  readonly now?: () => Date
}

const REQUEST_MS = 15_000
const HEADERS_MS = 5000
/** Longer than a proxy keeps idle upstream connections (`docker/Caddyfile`), or it would reuse one that was just closed. */
const KEEP_ALIVE_MS = 130_000
/** A socket without any progress for this long is closed, also while a response waits for its reader. */
const STALLED_MS = 30_000

/** The whole API on the given store, not yet listening. `drain` closes it without waiting for idle sockets. */
export async function buildApp(options: AppOptions): Promise<{ app: FastifyInstance; drain: Drain }> {
  const { config, logger, version, metrics } = options
  const { store, state: writeState } = watchWrites(options.store, logger)
  const { now = () => new Date(), droppedLogLines = () => 0 } = options
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

  if (options.maxConnections !== undefined) boundConnections(app.server, options.maxConnections, logger)
  addRequestLog(app, metrics)
  addProblems(app)
  addStrictHttp(app)
  addJsonBody(app, config.limits)
  const rateLimits = createRateLimits(config.limits)
  const requireScope = await addAuth(app, {
    secrets: options.secrets,
    keyRing: createKeyRing(store),
    onFailure: rateLimits.countFailure,
  })

  addHealthRoutes(app, {
    store,
    writeState,
    isDraining: drain.isDraining,
    readHealth: createHealth({
      store,
      writeState,
      version,
      counters,
      catalogueProblems: options.catalogueProblems ?? (() => []),
      droppedLogLines,
      now,
    }),
  })
  await addPages(app, createOpenApiDocument(version, config.limits))
  if (config.metricsAddress === null) addMetricsRoute(app, metrics)
  let bytesUnderWay = (): number => 0
  await app.register(async (writers) => {
    writers.addHook('onRequest', requireScope('results:write'))
    writers.addHook('onRequest', rateLimits.checkKey)
    // Outside the admission: a runner must be heard above all when there is too much to do.
    addHeartbeatRoute(writers, context)
    await writers.register(async (admitted) => {
      bytesUnderWay = addAdmission(admitted, config.limits)
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
  const bookkeeping = options.bookkeeper.state
  metrics.watch({ store, counters, queueDepth, bytesUnderWay, bookkeeping, droppedLogLines, now })
  return { app, drain }
}

const MAX_GROUP_ROWS = 500
/** Four groups: more would wait longer for their turn than a request may. */
const MAX_WAITING_ROWS = 2000

const groupCommit = <Row>(
  writeAll: (rows: readonly Row[]) => Promise<Decision[]>,
): GroupCommit<Row, Decision> =>
  createGroupCommit({
    writeAll,
    maxRows: MAX_GROUP_ROWS,
    maxWaiting: MAX_WAITING_ROWS,
    onFull: () => overloaded('Too many documents wait for the store; this one was not stored'),
    isStoreFault: (error) => error instanceof StoreUnavailable,
  })

function createServer({ limits, trustedProxies }: AppOptions['config'], logger: Logger): FastifyInstance {
  return Fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: limits.bodyBytes,
    trustProxy: trustedProxies.length > 0 ? trustOnly(trustedProxies) : false,
    requestTimeout: REQUEST_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionTimeout: STALLED_MS,
    // The default checks every 30 s, which would let slow clients have six times their time.
    http: { headersTimeout: HEADERS_MS, connectionsCheckingInterval: 1000, requireHostHeader: false },
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    frameworkErrors: (error, request, reply) => void answerError(error, request, reply),
    clientErrorHandler: answerClientError,
  }) as unknown as FastifyInstance
}
