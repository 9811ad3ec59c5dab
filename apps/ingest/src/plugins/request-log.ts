import type { FastifyInstance } from 'fastify'
import { clientAddress } from '../client-address.ts'
import type { Metrics } from '../metrics.ts'
import { pathOf } from './problems.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** How many documents got which verdict, where the route gives any. */
    verdicts: Readonly<Record<string, number>> | null
  }
}

/** One line per request, without headers, query or body: nothing a sender wrote but the path. */
export function addRequestLog(app: FastifyInstance, metrics: Metrics): void {
  app.decorateRequest('verdicts', null)
  app.addHook('onResponse', async (request, reply) => {
    metrics.countRequest(request.method, request.routeOptions.url ?? 'none', reply.statusCode)
    const line = {
      method: request.method,
      path: pathOf(request),
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime * 10) / 10,
      address: clientAddress(request),
      runner: request.principal?.runner,
      ...(request.verdicts ? { verdicts: request.verdicts } : {}),
    }
    if (reply.statusCode >= 500) request.log.warn(line, 'Request failed')
    else if (reply.statusCode >= 400) request.log.info(line, 'Request refused')
    else request.log.debug(line, 'Request answered')
  })
}
