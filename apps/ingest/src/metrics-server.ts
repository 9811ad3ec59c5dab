import Fastify from 'fastify'
import type { Logger } from 'pino'
import { listen } from './listening.ts'
import type { Metrics } from './metrics.ts'
import { boundConnections } from './connections.ts'
import { addProblems, answerClientError } from './plugins/problems.ts'
import { addMetricsRoute } from './routes/metrics.ts'

export type MetricsServer = { readonly address: string; readonly close: () => Promise<void> }

/** Part of the descriptors that `connectionLimit` reserves. */
const MAX_CONNECTIONS = 32

/** Serves `/metrics` alone, on an address that the open internet does not reach. */
export async function listenForMetrics(
  metrics: Metrics,
  at: { readonly host: string; readonly port: number },
  logger: Logger,
): Promise<MetricsServer> {
  const app = Fastify({
    logger: false,
    requestTimeout: 10_000,
    connectionTimeout: 10_000,
    forceCloseConnections: true,
    clientErrorHandler: answerClientError,
  })
  boundConnections(app.server, MAX_CONNECTIONS, logger)
  addProblems(app)
  addMetricsRoute(app, metrics)
  const address = await listen(app, { ...at, named: { host: 'METRICS_HOST', port: 'METRICS_PORT' } })
  logger.info({ address }, 'listening for metrics')
  return { address, close: () => app.close() }
}
