import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { placeOf } from '../src/base-url.ts'
import { temporaryFolder } from './support/folders.ts'
import { accept, envelopeOf, sendJson, startIngestServer } from './support/ingest-server.ts'
import { startRunner } from './support/processes.ts'

const VLLM = { slug: 'vllm', baseUrlVariable: 'VLLM_BASE_URL' }
const ALLOWED = ['https://gpu-1.example/v1/', 'http://127.0.0.1:8000']

test.each([
  ['https://gpu-1.example/v1', 'https://gpu-1.example/v1'],
  ['https://GPU-1.example:443/v1/', 'https://gpu-1.example/v1'],
  ['https://gpu-1.example/v1/second', 'https://gpu-1.example/v1/second'],
  ['http://127.0.0.1:8000/v1', 'http://127.0.0.1:8000/v1'],
  [undefined, null],
  [null, null],
])('the place %s is used as %s', (baseUrl, url) => {
  expect(placeOf(VLLM, baseUrl, ALLOWED)).toEqual({ url })
})

test.each([
  ['https://gpu-2.example/v1'],
  ['https://gpu-1.example/v10'],
  ['https://gpu-1.example/v1/../admin'],
  ['https://gpu-1.example.evil.example/v1'],
  ['https://gpu-1.example@evil.example/v1'],
  ['https://gpu-1.example\\@evil.example/v1'],
  ['https://gpu-1.example:8443/v1'],
  ['http://gpu-1.example/v1'],
  ['http://127.0.0.1:8001/v1'],
  ['https://gpu-1.example/v1?key=x'],
  ['https://gpu-1.example/v1#x'],
  ['file:///etc/passwd'],
  ['gpu-1.example/v1'],
  [''],
  [7],
  [{}],
])('the place %j is refused', (baseUrl) => {
  expect(placeOf(VLLM, baseUrl, ALLOWED)).toHaveProperty('refused')
})

test('a vendor with an address of its own is never sent elsewhere', () => {
  const place = placeOf({ slug: 'groq' }, 'https://gpu-1.example/v1', ALLOWED)
  expect(place).toEqual({ refused: 'Its metadata names a base URL, and groq is no self-hosted vendor' })
})

test('no text that a catalogue can hold leads to a host that is not allowed', () => {
  const text = fc.oneof(fc.webUrl({ withQueryParameters: true }), fc.string(), fc.constantFrom(...ALLOWED))
  const pieces = fc.tuple(text, text).map(([left, right]) => left + right)
  fc.assert(
    fc.property(fc.oneof(text, pieces), (baseUrl) => {
      const place = placeOf(VLLM, baseUrl, ALLOWED)
      if ('refused' in place || place.url === null) return
      expect(['gpu-1.example', '127.0.0.1:8000']).toContain(new URL(place.url).host)
    }),
  )
})

/** An OpenAI-compatible server that keeps which keys it was shown. */
async function startServer(): Promise<{ url: string; keys: (string | undefined)[] }> {
  const keys: (string | undefined)[] = []
  const server = createServer((request, response) => {
    keys.push(request.headers.authorization)
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.end(
      'data: {"choices":[{"delta":{"content":"Once"},"finish_reason":"length"}]}\n\ndata: [DONE]\n\n',
    )
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, keys }
}

test('a model is measured where the catalogue says and the runner allows; no other host is ever shown the key', async () => {
  const [allowed, other] = await Promise.all([startServer(), startServer()])
  const ingest = await startIngestServer((received, response, nth) => {
    if (!received.path.startsWith('/runner-config')) return accept(received, response, nth)
    return sendJson(response, 200, {
      schema_version: 1,
      provider: 'openai-compatible',
      interval_minutes: 30,
      models: ['here', 'elsewhere'],
      probes: ['candidate'],
      model_metadata: {
        here: { base_url: allowed.url },
        candidate: { base_url: allowed.url },
        elsewhere: { base_url: other.url },
      },
    })
  })
  const runner = startRunner(['--provider', 'openai-compatible'], {
    OPENAI_COMPATIBLE_API_KEY: 'a-key-of-the-server-0123',
    ALLOWED_BASE_URLS: allowed.url,
    INGEST_API_URL: ingest.url,
    INGEST_API_KEY: 'ingest-key-0123456789',
    RUNNER_CONFIG_URL: ingest.url.replace('/ingest', '/runner-config'),
    RUNNER_CONFIG_TOKEN: 'config-token-0123456789',
    RUNNER_STATE_DIR: temporaryFolder(),
  })
  await runner.ended
  expect(allowed.keys).toEqual(Array.from({ length: 2 }, () => 'Bearer a-key-of-the-server-0123'))
  expect(other.keys).toEqual([])
  const sent = ingest.received
    .filter(({ path }) => path === '/ingest/batch')
    .flatMap((one) => envelopeOf(one).items)
  expect(sent).toMatchObject([{ model_name: 'here' }, { model_name: 'candidate' }])
  expect(runner.stderr()).toMatch(/"model":"elsewhere","reason":"[^"]*not among ALLOWED_BASE_URLS/)
})

test('--verify looks where such a server may be reached, as a run does', async () => {
  const allowed = await startServer()
  const runner = startRunner(['--local', '--provider', 'openai-compatible', '--models', 'm', '--verify'], {
    ALLOWED_BASE_URLS: allowed.url,
  })
  expect(await runner.ended).toBe(0)
  expect(runner.stdout()).toMatch(/^ok +endpoint of openai-compatible +no key set; .* can be reached$/m)
  expect(runner.stdout()).toContain(allowed.url)
})

test('a list of places that is none is a fault that names the variable and not its value', async () => {
  const runner = startRunner(['--local', '--provider', 'vllm', '--models', 'm'], {
    ALLOWED_BASE_URLS: 'https://user:secret@host/v1',
  })
  expect(await runner.ended).toBe(2)
  expect(runner.stderr()).toMatch(/ALLOWED_BASE_URLS should hold no user name or password/)
  expect(runner.stderr()).not.toContain('secret')
})
