import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { generate } from 'selfsigned'
import { expect, onTestFinished, test } from 'vitest'
import { startConnectProxy } from '../../../packages/providers/test/support/connect-proxy.ts'
import { readConfig } from '../src/config.ts'
import { temporaryFolder } from './support/folders.ts'
import { accept } from './support/ingest-server.ts'
import type { Received } from './support/ingest-server.ts'
import { startRunner } from './support/processes.ts'
import { streamTwoTokens } from './support/providers.ts'

const HOSTS = ['api.provider.test', 'ingest.test']
const PASSWORD = 'p@ss/word:0123'
const ENCODED = encodeURIComponent(PASSWORD)
const TOKEN = Buffer.from(`user:${PASSWORD}`).toString('base64')

/** A provider and an ingest that only a proxy can find, and the certificate that a runner has to trust. */
async function startBehindProxy() {
  const extensions = [
    { name: 'basicConstraints' as const, cA: true },
    { name: 'subjectAltName' as const, altNames: HOSTS.map((value) => ({ type: 2 as const, value })) },
  ]
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'test' }], { extensions })
  const received: Received[] = []
  const server = createServer({ cert, key }, (request, response) => {
    let body = ''
    request.on('data', (bytes: Buffer) => (body += bytes.toString()))
    request.on('end', () => {
      const { headers, url: path = '' } = request
      if (headers.host === HOSTS[0]) return streamTwoTokens(request, response)
      const one = { path, headers, authorization: headers.authorization, body }
      return accept(one, response, received.push(one))
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const proxy = await startConnectProxy({ port: (server.address() as AddressInfo).port })
  onTestFinished(async () => {
    await proxy.close()
    server.close()
    server.closeAllConnections()
  })
  const file = join(temporaryFolder(), 'ca.pem')
  writeFileSync(file, cert)
  return { proxy, received, environment: { ...environment(), NODE_EXTRA_CA_CERTS: file } }
}

function environment() {
  return {
    GROQ_API_KEY: 'groq-key-0123456789',
    GROQ_BASE_URL: 'https://api.provider.test/v1',
    INGEST_API_URL: 'https://ingest.test/ingest',
    INGEST_API_KEY: 'ingest-key-0123456789',
    RUNNER_STATE_DIR: temporaryFolder(),
  }
}

const CYCLE = ['--provider', 'groq', '--models', 'm', '--json']

test('asked for, the proxy carries runs and deliveries; the row says so, and its password is in no row and no log', async () => {
  const { proxy, received, environment } = await startBehindProxy()
  const url = new URL(proxy.origin)
  const runner = startRunner(CYCLE, {
    ...environment,
    LOG_LEVEL: 'trace',
    RUNNER_PROXY: 'environment',
    HTTPS_PROXY: `http://user:${ENCODED}@${url.host}`,
  })
  expect(await runner.ended).toBe(0)
  expect(new Set(proxy.asked.map(({ target }) => target))).toEqual(
    new Set(['api.provider.test:443', 'ingest.test:443']),
  )
  expect(new Set(proxy.asked.map(({ authorization }) => authorization))).toEqual(new Set([`Basic ${TOKEN}`]))
  const document = JSON.parse(runner.stdout()) as { connection: Record<string, unknown> }
  expect(document.connection).toMatchObject({ proxy: true, remote_address: null, dns_seconds: null })
  for (const name of ['tcp_seconds', 'proxy_seconds', 'tls_seconds'])
    expect(document.connection[name], name).toBeGreaterThan(0)
  const everything = runner.stdout() + runner.stderr() + received.map(({ body }) => body).join()
  for (const secret of [PASSWORD, ENCODED, TOKEN]) expect(everything).not.toContain(secret)
})

test('not asked for, a proxy of the environment is not used, which is said', async () => {
  const { proxy, environment } = await startBehindProxy()
  const runner = startRunner(['--local', ...CYCLE], { ...environment, HTTPS_PROXY: proxy.origin })
  expect(await runner.ended).toBe(1)
  expect(proxy.asked).toEqual([])
  expect(runner.stderr()).toMatch(
    /"variable":"HTTPS_PROXY","msg":"A proxy is set and not used: RUNNER_PROXY=environment uses it"/,
  )
  expect(JSON.parse(runner.stdout())).toMatchObject({
    kind: 'error',
    phase: 'connect',
    connection: { proxy: false },
  })
})

test('what NO_PROXY names is reached directly', async () => {
  const { proxy, environment } = await startBehindProxy()
  const runner = startRunner(['--local', ...CYCLE], {
    ...environment,
    RUNNER_PROXY: 'environment',
    https_proxy: proxy.origin,
    no_proxy: 'localhost, provider.test',
  })
  expect(await runner.ended).toBe(1)
  expect(proxy.asked).toEqual([])
})

test('a proxy that cannot be used is an error of phase connect on a row that says proxy, without the password', async () => {
  const runner = startRunner(['--local', ...CYCLE], {
    ...environment(),
    RUNNER_PROXY: 'environment',
    HTTPS_PROXY: `http://user:${ENCODED}@127.0.0.1:9`,
  })
  expect(await runner.ended).toBe(1)
  expect(JSON.parse(runner.stdout())).toMatchObject({
    kind: 'error',
    error_kind: 'network',
    phase: 'connect',
    exc_type: 'ECONNREFUSED',
    message: expect.stringMatching(/^The proxy 127\.0\.0\.1:9 cannot be used: /),
    connection: { proxy: true, proxy_seconds: null },
  })
  const everything = runner.stdout() + runner.stderr()
  for (const secret of [PASSWORD, ENCODED, TOKEN]) expect(everything).not.toContain(secret)
})

const read = (variables: Record<string, string>) =>
  readConfig({ RUNNER_PROXY: 'environment', ...variables }, { local: true }).proxy?.settings

test('the proxy of the environment: lower case first, without a scheme it is http, an empty one is none', () => {
  expect(read({ HTTPS_PROXY: 'proxy.test:3128' })).toEqual({
    origin: 'http://proxy.test:3128',
    authorization: null,
    except: [],
  })
  expect(read({ https_proxy: 'https://one.test', HTTPS_PROXY: 'http://two.test' })?.origin).toBe(
    'https://one.test',
  )
  expect(read({ HTTPS_PROXY: 'http://p.test', NO_PROXY: '.a.test, b.test\tc.test' })?.except).toEqual([
    '.a.test',
    'b.test',
    'c.test',
  ])
  expect(read({ https_proxy: '', HTTPS_PROXY: 'http://two.test:80' })?.origin).toBe('http://two.test')
  expect(readConfig({ HTTPS_PROXY: 'http://p.test' }, { local: true }).proxy).toBeNull()
  expect(readConfig({ HTTPS_PROXY: 'garbage://', RUNNER_PROXY: 'off' }, { local: true }).proxy).toBeNull()
})

test.each([
  [{}, 'RUNNER_PROXY is "environment", and HTTPS_PROXY is not set'],
  [{ HTTP_PROXY: 'http://p.test' }, 'RUNNER_PROXY is "environment", and HTTPS_PROXY is not set'],
  [{ HTTPS_PROXY: 'socks5://secret-value@p.test' }, 'HTTPS_PROXY should be the URL of an HTTP proxy'],
  [{ https_proxy: 'http://user:secret-value@' }, 'https_proxy should be the URL of an HTTP proxy'],
  [{ HTTPS_PROXY: 'http://p.test/secret-value' }, 'HTTPS_PROXY should be the URL of an HTTP proxy'],
  [{ HTTPS_PROXY: 'http://p.test?secret-value' }, 'HTTPS_PROXY should be the URL of an HTTP proxy'],
  [
    { HTTPS_PROXY: 'http://user:secret-value%zz@p.test' },
    'HTTPS_PROXY should have its user name and password',
  ],
  [{ RUNNER_PROXY: 'http://secret-value@p.test' }, 'RUNNER_PROXY should be off or environment'],
])('%j is refused by the variable’s name, never by its value', (variables, sentence) => {
  expect(() => read(variables)).toThrow(sentence)
  expect(() => read(variables)).not.toThrow(/secret-value/)
})
