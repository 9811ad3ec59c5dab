import type { FastifyInstance } from 'fastify'
import type { Metrics } from '../metrics.ts'

/** `GET /metrics`: Prometheus text. */
export function addMetricsRoute(app: FastifyInstance, metrics: Metrics): void {
  app.get('/metrics', async (_request, reply) => {
    return await reply.type(metrics.contentType).send(await metrics.read())
  })
}
