import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Limits } from '../config.ts'
import { slowDown } from '../errors.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Routes of one group share a key's allowance; a flood of results must not silence the heartbeats. */
    rateGroup?: string
  }
}

export type RateLimits = {
  /** Throws 429 when this key asks too often. */
  readonly checkKey: (request: FastifyRequest) => Promise<void>
  /** Counts a bad key against its address; throws 429 when there were too many. A good key is never held up by it. */
  readonly countFailure: (request: FastifyRequest) => Promise<void>
}

/** Allowances per key, and per address for failed logins, both over a minute. */
export async function addRateLimits(app: FastifyInstance, limits: Limits): Promise<RateLimits> {
  await app.register(rateLimit, { global: false })
  const perKey = app.createRateLimit({
    max: limits.requestsPerMinute,
    timeWindow: 60_000,
    keyGenerator: (request) =>
      `${request.principal?.id}:${request.routeOptions.config.rateGroup ?? 'default'}`,
  })
  const perAddress = app.createRateLimit({ max: limits.failedLoginsPerMinute, timeWindow: 60_000 })
  const check = async (limiter: typeof perKey, request: FastifyRequest, detail: string): Promise<void> => {
    const state = await limiter(request)
    if (!state.isAllowed && state.isExceeded) throw slowDown(detail, state.ttlInSeconds)
  }
  return {
    checkKey: (request) => check(perKey, request, 'Too many requests with this key'),
    countFailure: (request) => check(perAddress, request, 'Too many failed logins from this address'),
  }
}
