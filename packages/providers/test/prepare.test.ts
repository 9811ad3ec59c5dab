import { once } from 'node:events'
import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { prepareRequest } from '../src/prepare.ts'
import type { Access, Provider } from '../src/provider.ts'
import { makePlan } from './support/plans.ts'
import { KEY, providerOf } from './support/requests.ts'

const ACCESS: Access = { baseUrl: 'http://127.0.0.1:9', secrets: [KEY], headers: {} }

const closing: (() => void)[] = []
afterEach(() => closing.splice(0).forEach((close) => close()))

/** The address of a token endpoint that answers so. */
async function tokenEndpoint(answer: RequestListener): Promise<string> {
  const server = createServer(answer)
  closing.push(() => {
    server.closeAllConnections()
    server.close()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`
}

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

const failureOf = async (provider: Provider, limitMs = 10_000) => {
  const prepared = await prepareRequest(makePlan(), provider, ACCESS, limitMs)
  if (!('failure' in prepared)) throw new Error('It was prepared')
  return prepared.failure
}

const answerWith =
  (status: number, body: string): RequestListener =>
  (_request, response) => {
    response.writeHead(status)
    response.end(body)
  }

test.each<[string, RequestListener, string]>([
  ['401', answerWith(401, 'unauthorized'), 'auth'],
  ['403', answerWith(403, 'forbidden'), 'auth'],
  ['400 that says the grant is bad', answerWith(400, '{"error":"invalid_grant"}'), 'auth'],
  ['400 of another kind', answerWith(400, '{"error":"invalid_scope"}'), 'unknown'],
  ['500', answerWith(500, 'oops'), 'network'],
  ['503 that speaks of an invalid_grant cache', answerWith(503, 'invalid_grant cache down'), 'network'],
  ['a broken connection', (_request, response) => response.destroy(), 'network'],
])('a token endpoint that answers %s', async (_title, answer, kind) => {
  const failure = await failureOf(vendorWithTokenFrom(await tokenEndpoint(answer)))
  expect(failure).toMatchObject({ kind, phase: 'connect', status: null })
  expect(failure.message).not.toContain(KEY)
})

test('a token endpoint that hangs is cut, and the deadline is named', async () => {
  const url = await tokenEndpoint(() => undefined)
  expect(await failureOf(vendorWithTokenFrom(url), 50)).toMatchObject({
    kind: 'timeout',
    name: 'PrepareTimeout',
    message: /prepare deadline of 0\.05 s passed/,
  })
})

test('a token endpoint that is not there, or whose name does not resolve, is the network’s', async () => {
  const gone = await tokenEndpoint(() => undefined)
  closing.splice(0).forEach((close) => close())
  for (const url of [gone, 'http://nobody.invalid/token']) {
    expect(await failureOf(vendorWithTokenFrom(url))).toMatchObject({ kind: 'network' })
  }
})

test.each([
  [
    'a field that a serialiser refuses',
    new TypeError('Unable to calculate hash for flowing readable stream'),
    'hard_capability',
  ],
  [
    'credentials that cannot be found',
    Object.assign(new Error('Could not load credentials'), { name: 'CredentialsProviderError' }),
    'unknown',
  ],
  [
    'a lost packet deep inside',
    new Error('x', { cause: Object.assign(new Error('y'), { code: 'ETIMEDOUT' }) }),
    'timeout',
  ],
  ['an SDK’s refusal', Object.assign(new Error('bad token'), { $metadata: { httpStatusCode: 403 } }), 'auth'],
  ['something that is no error', 'words', 'unknown'],
])('%s', async (_title, error, kind) => {
  const failing: Provider = { ...providerOf('groq'), request: () => Promise.reject(error) }
  expect(await failureOf(failing)).toMatchObject({ kind })
})
