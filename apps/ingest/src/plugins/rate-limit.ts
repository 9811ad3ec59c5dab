import type { FastifyRequest } from 'fastify'
import { createAllowance, type Allowance } from '../allowance.ts'
import { clientAddress, networkOf } from '../client-address.ts'
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
  /** Counts a bad key against its client; throws 429 when there were too many. A good key is never held up by it. */
  readonly countFailure: (request: FastifyRequest) => Promise<void>
}

const WINDOW_MS = 60_000

/** Allowances per key, and per client for failed logins, both over a minute. */
export function createRateLimits(limits: Limits): RateLimits {
  const perKey = createAllowance({ max: limits.requestsPerMinute, windowMs: WINDOW_MS })
  const perClient = createAllowance({ max: limits.failedLoginsPerMinute, windowMs: WINDOW_MS })
  const check = (allowance: Allowance, key: string, detail: string): void => {
    const waitSeconds = allowance(key)
    if (waitSeconds !== null) throw slowDown(detail, waitSeconds)
  }
  return {
    checkKey: async (request) => {
      const group = request.routeOptions.config.rateGroup ?? 'default'
      check(perKey, `${request.principal?.id}:${group}`, 'Too many requests with this key')
    },
    countFailure: async (request) =>
      check(perClient, networkOf(clientAddress(request)), 'Too many failed logins from this address'),
  }
}
