import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { clientAddress } from '../client-address.ts'
import type { Problem } from '../errors.ts'
import { sentences } from '../log-error.ts'
import type { Metrics } from '../metrics.ts'
import { saySeldom } from '../seldom.ts'
import { pathOf } from './problems.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** How many documents got which verdict, where the route gives any. */
    verdicts: Readonly<Record<string, number>> | null
    /** What it was answered with, where that is a refusal. */
    problem: Problem | null
  }
}

/** Refusals that pass come in thousands when there is too much to do already; each is counted. */
const SAY_EVERY_MS = 10_000
/** The service as it should be under load, or before it is ready. */
const EXPECTED = new Set(['overloaded', 'store_not_ready'])

/**
 * One line per request, without headers, query or body: nothing a sender wrote but the path. Of refusals that pass one in
 * a while for each code, with the reason and how many had no line.
 */
export function addRequestLog(app: FastifyInstance, metrics: Metrics): void {
  const due = saySeldom(SAY_EVERY_MS)
  app.decorateRequest('verdicts', null)
  app.decorateRequest('problem', null)
  app.addHook('onResponse', async (request, reply) => {
    metrics.countRequest(request.method, request.routeOptions.url ?? 'none', reply.statusCode)
    const { problem } = request
    if (problem !== null) metrics.countProblem(problem.code)
    if (problem?.status !== 503) return logRequest(request, reply)
    const unsaid = due(problem.code)
    if (unsaid === null) return
    const level = EXPECTED.has(problem.code) ? 'info' : 'warn'
    const reason = [problem.message, ...sentences(problem.cause)].join(': ')
    request.log[level]({ ...lineOf(request, reply), code: problem.code, reason, unsaid }, 'Request put off')
  })
}

function logRequest(request: FastifyRequest, reply: FastifyReply): void {
  const line = lineOf(request, reply)
  if (reply.statusCode >= 500) request.log.warn(line, 'Request failed')
  else if (reply.statusCode >= 400) request.log.info(line, 'Request refused')
  else request.log.debug(line, 'Request answered')
}

const lineOf = (request: FastifyRequest, reply: FastifyReply): Readonly<Record<string, unknown>> => ({
  method: request.method,
  path: pathOf(request),
  status: reply.statusCode,
  ms: Math.round(reply.elapsedTime * 10) / 10,
  address: clientAddress(request),
  runner: request.principal?.runner,
  ...(request.verdicts ? { verdicts: request.verdicts } : {}),
})
