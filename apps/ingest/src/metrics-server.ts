import Fastify from 'fastify'
import type { Logger } from 'pino'
import type { Metrics } from './metrics.ts'
import { addProblems } from './plugins/problems.ts'
import { addMetricsRoute } from './routes/metrics.ts'

export type MetricsServer = { readonly address: string; readonly close: () => Promise<void> }

/** Serves `/metrics` alone, on an address that the open internet does not reach. */
export async function listenForMetrics(
  metrics: Metrics,
  at: { readonly host: string; readonly port: number },
  logger: Logger,
): Promise<MetricsServer> {
  const app = Fastify({ logger: false, requestTimeout: 10_000, forceCloseConnections: true })
  addProblems(app)
  addMetricsRoute(app, metrics)
  const address = await app.listen({ ...at, listenTextResolver: () => 'bound' })
  logger.info({ address }, 'listening for metrics')
  return { address, close: () => app.close() }
}
