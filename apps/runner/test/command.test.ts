import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { temporaryFolder } from './support/folders.ts'
import { accept, envelopeOf, refuse, sendJson, startIngestServer } from './support/ingest-server.ts'
import { startRunner } from './support/processes.ts'
import { startProvider, streamTwoTokens } from './support/providers.ts'

const VENDOR_KEY = 'groq-key-0123456789'

function environment(provider: string, ingest: string, differences: Record<string, string> = {}) {
  return {
    GROQ_API_KEY: VENDOR_KEY,
    GROQ_BASE_URL: provider,
    INGEST_API_URL: ingest,
    INGEST_API_KEY: 'ingest-key-0123456789',
    RUNNER_STATE_DIR: temporaryFolder(),
    ...differences,
  }
}

const NOWHERE = 'http://127.0.0.1:9/ingest'

test('a cycle is delivered as it was printed, item by item, and ends with 0', async () => {
  const provider = await startProvider(streamTwoTokens)
  const ingest = await startIngestServer(accept)
  const runner = startRunner(
    ['--provider', 'groq', '--models', 'm', '--json'],
    environment(provider, ingest.url),
  )
  expect(await runner.ended).toBe(0)
  const sent = ingest.received.flatMap((one) => envelopeOf(one).items)
  expect(runner.stdout().trimEnd()).toBe(JSON.stringify(sent[0]))
  expect(sent).toMatchObject([{ kind: 'result', outcome: 'length', model_name: 'm', attempt: 1 }])
  expect(runner.stdout() + runner.stderr()).not.toMatch(/groq-key|ingest-key/)
})

test('an ingest that is not there: the result stays in the outbox, which is said, and the exit code is 1', async () => {
  const provider = await startProvider(streamTwoTokens)
  const one = environment(provider, NOWHERE)
  const runner = startRunner(['--provider', 'groq', '--models', 'm'], one)
  expect(await runner.ended).toBe(1)
  expect(runner.stderr()).toMatch(/1 results could not be delivered and stay in the outbox.*ECONNREFUSED/)
  const ingest = await startIngestServer(accept)
  const next = startRunner(['--provider', 'groq', '--models', 'n'], { ...one, INGEST_API_URL: ingest.url })
  expect(await next.ended).toBe(0)
  const models = ingest.received.flatMap((received) => envelopeOf(received).items)
  expect(models).toMatchObject([{ model_name: 'm' }, { model_name: 'n' }])
})

test('a failed attempt is recorded, delivered and makes the exit code 1; a key that is echoed back is struck out', async () => {
  const provider = await startProvider((_request, response) => {
    response.writeHead(401, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ error: { message: `Incorrect API key provided: ${VENDOR_KEY}` } }))
  })
  const ingest = await startIngestServer(accept)
  const runner = startRunner(['--provider', 'groq', '--models', 'm'], environment(provider, ingest.url))
  expect(await runner.ended).toBe(1)
  expect(ingest.received.flatMap((one) => envelopeOf(one).items)).toMatchObject([
    { kind: 'error', error_kind: 'auth', phase: 'headers', http_status: 401 },
  ])
  expect(runner.stdout()).toMatch(/^PROVIDER {2}MODEL {2}OUTCOME/)
  expect(runner.stdout() + runner.stderr() + ingest.received[0]?.body).not.toContain(VENDOR_KEY)
})

test('--local measures and prints without an ingest, an outbox or a state directory', async () => {
  const provider = await startProvider(streamTwoTokens)
  const folder = temporaryFolder()
  const runner = startRunner(
    ['--local', '--json', '--provider', 'groq', '--models', 'm', '--save-tapes', folder],
    {
      GROQ_API_KEY: VENDOR_KEY,
      GROQ_BASE_URL: provider,
      RUNNER_STATE_DIR: join(folder, 'state'),
    },
  )
  expect(await runner.ended).toBe(0)
  expect(JSON.parse(runner.stdout())).toMatchObject({ kind: 'result', outcome: 'length' })
  expect(existsSync(join(folder, 'state'))).toBe(false)
  expect(readdirSync(folder)).toEqual([expect.stringMatching(/\.tape\.json$/)])
})

test('a provider asked for by name without its key is a fault; "all" leaves it out with a warning', async () => {
  const named = startRunner(['--local', '--provider', 'groq', '--models', 'm'], {})
  expect(await named.ended).toBe(2)
  expect(named.stderr()).toMatch(/GROQ_API_KEY is not set/)
  const all = startRunner(
    ['--local', '--provider', 'all', '--exclude', 'vertex,vllm,llamacpp,ollama,tgi', '--models', 'm'],
    {},
  )
  expect(await all.ended).toBe(2)
  expect(all.stderr()).toMatch(/"provider":"groq","reason":"GROQ_API_KEY is not set/)
  expect(all.stderr()).toMatch(/No provider has its key/)
})

test('a state directory that cannot be used is a fault that names the variable', async () => {
  const file = join(temporaryFolder(), 'file')
  writeFileSync(file, '')
  const one = environment('http://127.0.0.1:9/v1', NOWHERE, { RUNNER_STATE_DIR: file })
  const runner = startRunner(['--provider', 'groq', '--models', 'm'], one)
  expect(await runner.ended).toBe(2)
  expect(runner.stderr()).toMatch(/RUNNER_STATE_DIR .* cannot be used/)
})

test('SIGTERM ends a daemon with 0: the attempt under way is cut, recorded and delivered; a second start meanwhile exits 75', async () => {
  let asked = 0
  const provider = await startProvider((_request, response) => {
    asked += 1
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
  })
  const ingest = await startIngestServer(accept)
  const one = environment(provider, ingest.url)
  const daemon = startRunner(['--provider', 'groq', '--models', 'm', '--daemon'], one)
  await vi.waitUntil(() => asked === 1, { timeout: 20_000 })
  const second = startRunner(['--provider', 'groq', '--models', 'm'], one)
  expect(await second.ended).toBe(75)
  expect(second.stderr()).toMatch(/Another runner works in the state directory/)
  daemon.child.kill('SIGTERM')
  expect(await daemon.ended).toBe(0)
  const items = ingest.received
    .filter(({ path }) => path === '/ingest/batch')
    .flatMap((batch) => envelopeOf(batch).items)
  expect(items).toMatchObject([{ kind: 'error', message: expect.stringMatching(/SIGTERM|abort/i) }])
  const beats = ingest.received.filter(({ path }) => path === '/ingest/heartbeat')
  expect(JSON.parse(beats.at(-1)?.body ?? '')).toMatchObject({
    state: 'stopped',
    outbox_depth: 0,
    outbox_oldest_age_seconds: null,
    dead_letters: 0,
    calibration: null,
    counters: { attempts: 1, created: 1 },
  })
})

test('SIGTERM in a cycle cuts the attempt, records it, measures no more and exits 1', async () => {
  let asked = 0
  const provider = await startProvider(() => (asked += 1))
  const ingest = await startIngestServer(accept)
  const runner = startRunner(
    ['--provider', 'groq', '--models', 'm,n', '--json'],
    environment(provider, ingest.url),
  )
  await vi.waitUntil(() => asked === 1, { timeout: 20_000 })
  runner.child.kill('SIGTERM')
  expect(await runner.ended).toBe(1)
  expect(ingest.received.flatMap((batch) => envelopeOf(batch).items)).toMatchObject([
    { kind: 'error', model_name: 'm' },
  ])
  expect(asked).toBe(1)
  expect(runner.stderr()).toMatch(/groq n was not measured/)
})

test('SIGHUP reads the key file again, and what was kept is delivered', async () => {
  const provider = await startProvider(streamTwoTokens)
  const file = join(temporaryFolder(), 'keys')
  writeFileSync(file, 'revoked-key-0123456789\n')
  const ingest = await startIngestServer((received, response, nth) =>
    received.authorization === 'Bearer good-key-0123456789'
      ? accept(received, response, nth)
      : refuse(401)(received, response, nth),
  )
  const one = environment(provider, ingest.url, { INGEST_API_KEY: '', INGEST_API_KEY_FILE: file })
  const daemon = startRunner(['--provider', 'groq', '--models', 'm', '--daemon'], one)
  await vi.waitUntil(() => daemon.stderr().includes('"reason":"HTTP 401'), { timeout: 20_000 })
  writeFileSync(file, 'good-key-0123456789\n')
  daemon.child.kill('SIGHUP')
  const delivered = (): boolean =>
    ingest.received.some(
      ({ path, authorization }) => path === '/ingest/batch' && authorization === 'Bearer good-key-0123456789',
    )
  await vi.waitUntil(delivered, { timeout: 10_000 })
  daemon.child.kill('SIGTERM')
  expect(await daemon.ended).toBe(0)
  expect(daemon.stderr()).not.toMatch(/revoked-key|good-key/)
})

test('--verify says in words what works and what does not, and measures nothing', async () => {
  const ingest = await startIngestServer((received, response, nth) => {
    if (received.path === '/readyz') return sendJson(response, 200, {})
    const status = received.authorization === 'Bearer ingest-key-0123456789' ? 422 : 401
    return refuse(status)(received, response, nth)
  })
  const keys = 'ingest-key-0123456789,revoked-key-0123456789'
  const one = environment('http://127.0.0.1:9/v1', ingest.url, { INGEST_API_KEY: keys })
  const runner = startRunner(['--provider', 'groq', '--models', 'm', '--verify'], one)
  expect(await runner.ended).toBe(1)
  expect(
    runner
      .stdout()
      .split('\n')
      .map((line) => line.replaceAll(/ +/g, ' ')),
  ).toEqual([
    expect.stringMatching(/^ok configuration /),
    expect.stringMatching(/^FAIL endpoint of groq key set; .*http:\/\/127\.0\.0\.1:9\/v1 cannot be reached/),
    expect.stringMatching(/^ok state directory .*0 results wait, 0 dead letters/),
    expect.stringMatching(/^ok ingest .*is ready/),
    expect.stringMatching(/^ok clock 0\.0 s/),
    'ok INGEST_API_KEY 1 accepted by the ingest',
    'FAIL INGEST_API_KEY 2 The ingest refuses the key: HTTP 401',
    'ok worklist of groq 1 models',
    '',
  ])
})

test('a budget in money that could limit nothing is refused at the start', async () => {
  const one = environment('http://127.0.0.1:9/v1', NOWHERE, { BUDGET_USD_PER_DAY: '5' })
  const runner = startRunner(['--provider', 'groq', '--models', 'm'], one)
  expect(await runner.ended).toBe(2)
  expect(runner.stderr()).toMatch(/A budget in USD is set for groq, and models .* have no price/)
})

test('a 404 that does not speak of the model is answered with the address that was asked', async () => {
  const provider = await startProvider((_request, response) => {
    response.writeHead(404, { 'content-type': 'text/plain' })
    response.end('404 page not found')
  })
  const base = new URL(provider).origin
  const runner = startRunner(['--local', '--provider', 'groq', '--models', 'm'], {
    GROQ_API_KEY: VENDOR_KEY,
    GROQ_BASE_URL: base,
  })
  expect(await runner.ended).toBe(1)
  expect(runner.stderr()).toContain(`${base}/chat/completions answers 404 and does not speak of the model`)
})
