import type { RequestListener } from 'node:http'
import { expect, test } from 'vitest'
import { prepareRequest } from '../src/prepare.ts'
import type { PrepareOptions } from '../src/prepare.ts'
import type { Access, Provider } from '../src/provider.ts'
import { makePlan } from './support/plans.ts'
import { answerWith, closeTokenEndpoints, tokenEndpoint } from './support/token-endpoint.ts'
import { KEY, providerOf } from './support/requests.ts'

const ACCESS: Access = { baseUrl: 'http://127.0.0.1:9', secrets: [KEY], headers: {} }

/** A vendor that asks there for a token, as Google's and Amazon's libraries do, and passes on what went wrong. */
function vendorWithTokenFrom(url: string): Provider {
  return {
    ...providerOf('groq'),
    request: async () => {
      const answer = await fetch(url, { method: 'POST' })
      if (!answer.ok) {
        const error = new Error(`token endpoint: ${answer.status} ${await answer.text()} ${KEY}`)
        throw Object.assign(error, { response: { status: answer.status } })
      }
      throw new Error('not reached')
    },
  }
}

const failureOf = async (provider: Provider, options: PrepareOptions = {}) => {
  const prepared = await prepareRequest(makePlan(), provider, ACCESS, options)
  if (!('failure' in prepared)) throw new Error('It was prepared')
  return prepared.failure
}

test.each<[string, RequestListener, string]>([
  ['401', answerWith(401, 'unauthorized'), 'auth'],
  ['403', answerWith(403, 'forbidden'), 'auth'],
  ['400 that says the grant is bad', answerWith(400, '{"error":"invalid_grant"}'), 'auth'],
  ['400 of another kind', answerWith(400, '{"error":"invalid_scope"}'), 'unknown'],
  ['500', answerWith(500, 'oops'), 'network'],
  ['408', answerWith(408, 'slow'), 'timeout'],
  ['429', answerWith(429, 'slow down'), 'rate_limit'],
  ['503 that speaks of an invalid_grant cache', answerWith(503, 'invalid_grant cache down'), 'network'],
  ['a broken connection', (_request, response) => response.destroy(), 'network'],
])('a token endpoint that answers %s', async (_title, answer, kind) => {
  const failure = await failureOf(vendorWithTokenFrom(await tokenEndpoint(answer)))
  expect(failure).toMatchObject({ kind, phase: 'connect', status: null })
  expect(failure.message).not.toContain(KEY)
})

test('a token endpoint that hangs is cut, and the deadline is named', async () => {
  const url = await tokenEndpoint(() => undefined)
  expect(await failureOf(vendorWithTokenFrom(url), { limitMs: 50 })).toMatchObject({
    kind: 'timeout',
    name: 'PrepareTimeout',
    message: /prepare deadline of 0\.05 s passed/,
  })
})

test('a token endpoint that is not there, or whose name does not resolve, is the network’s', async () => {
  const gone = await tokenEndpoint(() => undefined)
  closeTokenEndpoints()
  expect(await failureOf(vendorWithTokenFrom(gone))).toMatchObject({
    kind: 'network',
    name: 'ECONNREFUSED',
    message: /^The request could not be prepared: fetch failed: connect ECONNREFUSED 127/,
  })
  expect(await failureOf(vendorWithTokenFrom('http://nobody.invalid/token'))).toMatchObject({
    kind: 'network',
    name: /^(?:ENOTFOUND|EAI_AGAIN)$/,
    message: /nobody\.invalid/,
  })
})

test('a run that is aborted waits for no credentials', async () => {
  const url = await tokenEndpoint(() => undefined)
  const aborting = new AbortController()
  const failing = failureOf(vendorWithTokenFrom(url), { signal: aborting.signal })
  aborting.abort(new Error('told to stop'))
  expect(await failing).toMatchObject({ kind: 'unknown', message: /: told to stop$/ })
  expect(await failureOf(providerOf('groq'), { signal: aborting.signal })).toMatchObject({ kind: 'unknown' })
})

const errorWith = (fields: object, message = 'x') => Object.assign(new Error(message), fields)

test.each([
  ['a field that a serialiser refuses', errorWith({ name: 'SerializationException' }), 'hard_capability'],
  ['a fault of our own', new TypeError('x is not a function'), 'unknown'],
  ['credentials that cannot be found', errorWith({ name: 'CredentialsProviderError' }), 'unknown'],
  ['a key file that is not there', errorWith({ code: 'ENOENT' }), 'unknown'],
  ['a key file that may not be read', errorWith({ code: 'EACCES' }), 'unknown'],
  ['a lost packet deep inside', new Error('x', { cause: errorWith({ code: 'ETIMEDOUT' }) }), 'timeout'],
  [
    'a broken connection, called a timeout',
    errorWith({ name: 'TimeoutError', code: 'ECONNRESET' }),
    'network',
  ],
  ['a certificate of nobody', errorWith({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }), 'network'],
  ['one of several addresses', new AggregateError([errorWith({ code: 'EHOSTUNREACH' })]), 'network'],
  ['an SDK’s refusal', errorWith({ $metadata: { httpStatusCode: 403 } }, 'bad token'), 'auth'],
  [
    'an SDK’s refusal by name',
    errorWith({ name: 'InvalidIdentityToken', $metadata: { httpStatusCode: 400 } }),
    'auth',
  ],
  [
    'an SDK that is slowed',
    errorWith({ name: 'Throttling', $metadata: { httpStatusCode: 400 } }),
    'rate_limit',
  ],
  ['a gateway before the token endpoint', errorWith({ status: 504 }), 'timeout'],
  ['words of a bad key without an answer', new Error('invalid_grant'), 'unknown'],
  ['something that is no error', 'words', 'unknown'],
])('%s', async (_title, error, kind) => {
  const failing: Provider = { ...providerOf('groq'), request: () => Promise.reject(error) }
  expect(await failureOf(failing)).toMatchObject({ kind })
})
