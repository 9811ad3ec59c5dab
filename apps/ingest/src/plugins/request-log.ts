import type { FastifyInstance } from 'fastify'
import type { Metrics } from '../metrics.ts'
import { pathOf } from './problems.ts'

/** One line per request, without headers, query or body: nothing a sender wrote but the path. */
export function addRequestLog(app: FastifyInstance, metrics: Metrics): void {
  app.addHook('onResponse', async (request, reply) => {
    metrics.countRequest(request.method, request.routeOptions.url ?? 'none', reply.statusCode)
    const line = {
      method: request.method,
      path: pathOf(request),
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime * 10) / 10,
      address: request.ip,
      runner: request.principal?.runner,
    }
    if (reply.statusCode >= 500) request.log.warn(line, 'Request failed')
    else if (reply.statusCode >= 400) request.log.info(line, 'Request refused')
    else request.log.debug(line, 'Request answered')
  })
}
