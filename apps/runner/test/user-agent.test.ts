import type { IncomingMessage, RequestListener } from 'node:http'
import { expect, test, vi } from 'vitest'
import { readConfig } from '../src/config.ts'
import { userAgentOf } from '../src/user-agent.ts'
import { temporaryFolder } from './support/folders.ts'
import { accept, sendJson, startIngestServer } from './support/ingest-server.ts'
import type { Play } from './support/ingest-server.ts'
import { startRunner } from './support/processes.ts'
import { startProvider, streamTwoTokens } from './support/providers.ts'

const USER_AGENT = /^llmbench\/\d+\.\d+\.\d+ \(\+https:\/\/bench\.example\.com\/about\)$/

const WORKLIST = {
  schema_version: 1,
  provider: 'groq',
  interval_minutes: 30,
  models: ['m'],
  model_metadata: {},
}

const ingestWithWorklist: Play = (received, response, nth) => {
  if (received.path.startsWith('/runner-config')) return sendJson(response, 200, WORKLIST)
  if (received.path.endsWith('/catalog'))
    return sendJson(response, 200, { status: 'accepted', new_count: 1, received_count: 1 })
  if (received.body === '') return sendJson(response, 200, { status: 'ready' })
  return accept(received, response, nth)
}

/** A provider with a list of models that keeps the headers of what it is asked. */
async function startNotingProvider(): Promise<{ address: string; asked: Map<string, string | undefined> }> {
  const asked = new Map<string, string | undefined>()
  const listener: RequestListener = (request: IncomingMessage, response) => {
    asked.set(`${request.method} ${request.url}`, request.headers['user-agent'])
    if (request.method === 'POST') return streamTwoTokens(request, response)
    return sendJson(response, 200, { data: [{ id: 'm' }] })
  }
  return { address: await startProvider(listener), asked }
}

function environment(provider: string, ingest: string): Record<string, string> {
  return {
    GROQ_API_KEY: 'groq-key-0123456789',
    GROQ_BASE_URL: provider,
    INGEST_API_URL: ingest,
    INGEST_API_KEY: 'ingest-key-0123456789',
    RUNNER_CONFIG_URL: ingest.replace('/ingest', '/runner-config'),
    RUNNER_CONFIG_TOKEN: 'config-token-0123456789',
    RUNNER_STATE_DIR: temporaryFolder(),
    RUNNER_CALIBRATION: 'off',
    RUNNER_CONTACT: 'https://bench.example.com/about',
  }
}

test('a daemon names itself and its contact to the provider, the worklist, the ingest and with its heartbeat', async () => {
  const provider = await startNotingProvider()
  const ingest = await startIngestServer(ingestWithWorklist)
  const runner = startRunner(['--provider', 'groq', '--daemon'], environment(provider.address, ingest.url))
  const paths = ['/runner-config?provider=groq', '/ingest/batch', '/ingest/heartbeat']
  const named = (): Map<string, string | undefined> =>
    new Map(ingest.received.map(({ path, headers }) => [path, headers['user-agent']]))
  await vi.waitUntil(() => paths.every((path) => named().has(path)), { timeout: 20_000, interval: 20 })
  runner.child.kill('SIGTERM')
  expect(await runner.ended).toBe(0)
  for (const path of paths) expect(named().get(path), path).toMatch(USER_AGENT)
  expect(provider.asked.get('POST /v1/chat/completions')).toMatch(USER_AGENT)
})

test('--discover and --verify name the runner and its contact too', async () => {
  const provider = await startNotingProvider()
  const ingest = await startIngestServer(ingestWithWorklist)
  const settings = environment(provider.address, ingest.url)
  const runners = ['--discover', '--verify'].map((flag) =>
    startRunner(['--provider', 'groq', flag], settings),
  )
  await Promise.all(runners.map(({ ended }) => ended))
  expect(provider.asked.get('GET /v1/models')).toMatch(USER_AGENT)
  expect(new Set(ingest.received.map(({ path }) => path))).toContain('/ingest/catalog')
  expect(new Set(ingest.received.map(({ path }) => path))).toContain('/readyz')
  for (const { path, headers } of ingest.received) expect(headers['user-agent'], path).toMatch(USER_AGENT)
})

test('the user agent has the version, and the contact where one is set', () => {
  expect(userAgentOf('1.2.3', null)).toBe('llmbench/1.2.3')
  expect(userAgentOf('1.2.3', 'ops@example.com')).toBe('llmbench/1.2.3 (ops@example.com)')
  expect(userAgentOf('1.2.3', 'https://example.com')).toBe('llmbench/1.2.3 (+https://example.com)')
})

test.each([
  'somebody',
  'ops@example',
  'ops @example.com',
  'ops@example.com\r\nx-injected: 1',
  'öps@example.com',
  'ftp://example.com',
  'https://user:password@example.com',
  'https://example.com/a)b',
  'a(b)@example.com',
  `https://example.com/${'x'.repeat(200)}`,
])('RUNNER_CONTACT=%j is refused with what it should be', (value) => {
  const refused = (): unknown => readConfig({ RUNNER_CONTACT: value }, { local: true })
  expect(refused).toThrow(/^RUNNER_CONTACT should be an e-mail address or a URL of at most 200 characters/)
})

test.each(['ops@example.com', 'https://example.com/bench?a=b#c', 'http://example.com'])(
  'RUNNER_CONTACT=%s is taken',
  (value) => expect(readConfig({ RUNNER_CONTACT: value }, { local: true }).contact).toBe(value),
)
