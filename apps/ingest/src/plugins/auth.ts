import bearerAuth from '@fastify/bearer-auth'
import type { FastifyInstance, FastifyReply, FastifyRequest, onRequestAsyncHookHandler } from 'fastify'
import { cannotDecide, Problem, StoreUnavailable } from '../errors.ts'
import { sha256 } from '../json/canonical.ts'
import type { KeyRing } from '../keys/key-ring.ts'
import type { Scope, SecretSet } from '../secrets.ts'

/** Who sent a request. Secrets of the configuration are shared by runners and name none. */
type Principal = { readonly id: string; readonly runner: string; readonly scopes: readonly string[] }

declare module 'fastify' {
  interface FastifyRequest {
    principal: Principal | null
  }
}

const SHARED_RUNNER = 'shared-key'
const MAX_KEY_LENGTH = 4096
const KEYS_RETRY_SECONDS = 5

export type AuthOptions = {
  readonly secrets: SecretSet
  readonly keyRing: KeyRing
  /** Called for each key that is bad, or not known to be good; may throw to answer something else than 401. */
  readonly onFailure: (request: FastifyRequest) => Promise<void>
}

/** A hook for routes that need `scope`: checks the key, sets `request.principal`, throws the refusal otherwise. */
export type RequireScope = (scope: Scope) => onRequestAsyncHookHandler

/** Bearer keys and `X-API-Key`, which is the same thing under the predecessor's name. */
export async function addAuth(app: FastifyInstance, options: AuthOptions): Promise<RequireScope> {
  app.decorateRequest('principal', null)
  await app.register(bearerAuth, {
    keys: new Set<string>(),
    addHook: false,
    // RFC 9110 §11.1: the name of a scheme has no case.
    specCompliance: 'rfc6749',
    verifyErrorLogLevel: 'debug',
    auth: async (key: string, request: FastifyRequest) => {
      request.principal = await findPrincipal(key, options)
      return request.principal !== null
    },
  })

  return (scope) => async (request, reply) => {
    unifyHeaders(request)
    await verify(app, request, reply, options)
    if (!request.principal?.scopes.includes(scope)) {
      throw new Problem(403, 'scope_missing', `This key does not carry the scope ${scope}`)
    }
  }
}

async function findPrincipal(key: string, { secrets, keyRing }: AuthOptions): Promise<Principal | null> {
  if (key.length > MAX_KEY_LENGTH) return null
  const digest = sha256(key)
  const scopes = secrets.scopesOf(digest)
  if (scopes.length > 0) return { id: digest, runner: SHARED_RUNNER, scopes }
  const stored = await keyRing.find(digest)
  if (stored === null || stored.revokedAt !== null) return null
  if (stored.expiresAt !== null && stored.expiresAt.getTime() <= Date.now()) return null
  return { id: digest, runner: stored.runner, scopes: stored.scopes }
}

/** One key per request, in the header that the library reads. */
function unifyHeaders(request: FastifyRequest): void {
  const { headers, rawHeaders } = request.raw
  const sent = rawHeaders.filter(
    (name, index) => index % 2 === 0 && name.toLowerCase() === 'authorization',
  ).length
  if (sent > 1) throw new Problem(400, 'ambiguous_key', 'More than one Authorization header')
  const apiKey = headers['x-api-key']
  if (apiKey === undefined) return
  const bearer = `Bearer ${String(apiKey)}`
  const presented = headers.authorization?.replace(/^bearer +/i, 'Bearer ')
  if (presented !== undefined && presented !== bearer) {
    throw new Problem(400, 'ambiguous_key', 'Authorization and X-API-Key do not hold the same key')
  }
  headers.authorization = bearer
}

/** The library's callback as a promise: its own errors become our 401, what `auth` threw passes through. */
async function verify(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
  options: AuthOptions,
): Promise<void> {
  const failure = await new Promise<Error | undefined>((resolve) => {
    app.verifyBearerAuth?.(request, reply, resolve)
  })
  if (failure === undefined) return
  if (failure instanceof StoreUnavailable) {
    // Whoever cannot be told apart from one who guesses is counted like one.
    await options.onFailure(request)
    throw cannotDecide('keys_unreadable', 'Keys cannot be read right now', KEYS_RETRY_SECONDS, failure)
  }
  if (!('code' in failure && String(failure.code).startsWith('FST_BEARER_AUTH'))) throw failure
  await options.onFailure(request)
  const challenge = request.raw.headers.authorization
    ? 'Bearer realm="llmbench", error="invalid_token"'
    : 'Bearer realm="llmbench"'
  throw new Problem(401, 'bad_key', 'The key is missing or not valid', {
    headers: { 'www-authenticate': challenge },
  })
}
