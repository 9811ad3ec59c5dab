import Fastify, { LogController, type FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import type { Bookkeeper } from './bookkeeper.ts'
import type { IngestConfig } from './config.ts'
import { createCounters } from './counters.ts'
import { createHealth } from './health.ts'
import { addAuth } from './plugins/auth.ts'
import { addDrain, type Drain } from './plugins/drain.ts'
import { addJsonBody } from './plugins/json-body.ts'
import { addProblems, answerClientError, answerError } from './plugins/problems.ts'
import { addRateLimits } from './plugins/rate-limit.ts'
import { addRequestLog } from './plugins/request-log.ts'
import { addBatchRoute } from './routes/batch.ts'
import { addCatalogRoute } from './routes/catalog.ts'
import { HANDLER_MS, type RouteContext } from './routes/context.ts'
import { addHealthRoutes } from './routes/health.ts'
import { addHeartbeatRoute } from './routes/heartbeat.ts'
import { addRunnerConfigRoute } from './routes/runner-config.ts'
import { addSingleRoutes } from './routes/single.ts'
import type { SecretSet } from './secrets.ts'
import type { Store } from './store/store.ts'

export type AppOptions = {
  readonly config: Pick<IngestConfig, 'intervalMinutes' | 'publishedProfiles' | 'limits'>
  readonly store: Store
  readonly bookkeeper: Bookkeeper
  readonly secrets: SecretSet
  readonly logger: Logger
  readonly version: string
  readonly catalogueProblems?: () => readonly string[]
  readonly now?: () => Date
}

const REQUEST_MS = 15_000
const HEADERS_MS = 5000

/** The whole API on the given store, not yet listening. `drain` closes it without waiting for idle sockets. */
export async function buildApp(options: AppOptions): Promise<{ app: FastifyInstance; drain: Drain }> {
  const { config, store, logger, version } = options
  const now = options.now ?? (() => new Date())
  const app = createServer(config.limits.bodyBytes, logger)
  const drain = addDrain(app, HANDLER_MS)
  const counters = createCounters()
  const context: RouteContext = { config, store, bookkeeper: options.bookkeeper, counters, now }

  addRequestLog(app)
  addProblems(app)
  addJsonBody(app, config.limits)
  const rateLimits = await addRateLimits(app, config.limits)
  const requireScope = await addAuth(app, {
    secrets: options.secrets,
    store,
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
  await app.register(async (writers) => {
    writers.addHook('onRequest', requireScope('results:write'))
    writers.addHook('onRequest', rateLimits.checkKey)
    addSingleRoutes(writers, context)
    addBatchRoute(writers, context)
    addCatalogRoute(writers, context)
    addHeartbeatRoute(writers, context)
  })
  await app.register(async (readers) => {
    readers.addHook('onRequest', requireScope('config:read'))
    readers.addHook('onRequest', rateLimits.checkKey)
    addRunnerConfigRoute(readers, context)
  })
  return { app, drain }
}

function createServer(bodyLimit: number, logger: Logger): FastifyInstance {
  return Fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit,
    requestTimeout: REQUEST_MS,
    // The default checks every 30 s, which would let slow clients have six times their time.
    http: { headersTimeout: HEADERS_MS, connectionsCheckingInterval: 1000 },
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    frameworkErrors: (error, request, reply) => void answerError(error, request, reply),
    clientErrorHandler: answerClientError,
  }) as unknown as FastifyInstance
}
