import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findProvider } from '@llmbench/providers'
import type { Provider } from '@llmbench/providers'
import { pino } from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { createHttpClient } from '../../src/http.ts'
import { openWorklistCache } from '../../src/worklist/cache.ts'
import { createRemoteWorklists } from '../../src/worklist/remote.ts'
import type { RemoteWorklists } from '../../src/worklist/remote.ts'
import { createWorklistSource } from '../../src/worklist/worklist.ts'
import { temporaryFolder } from '../support/folders.ts'
import { refuse, sendJson, startIngestServer } from '../support/ingest-server.ts'
import type { IngestServer, Play } from '../support/ingest-server.ts'

const SIX_HOURS_MS = 6 * 3_600_000

function provider(slug: string): Provider {
  const found = findProvider(slug)
  if (found === undefined) throw new Error(slug)
  return found
}

const groq = provider('groq')

function config(models: readonly string[], differences: object = {}): object {
  return {
    schema_version: 1,
    provider: 'groq',
    interval_minutes: 30,
    models,
    generated_at: 'now',
    ...differences,
  }
}

const serve =
  (value: object): Play =>
  (received, response) =>
    received.headers['if-none-match'] === '"one"'
      ? response.writeHead(304).end()
      : sendJson(response, 200, value, { etag: '"one"' })

type World = { wallMs: number; readonly logs: string[] }

async function remoteAt(
  server: IngestServer,
  cachePath: string | null,
  world: World,
): Promise<RemoteWorklists> {
  const http = createHttpClient({ userAgent: 'test/1', proxy: null })
  onTestFinished(() => http.close())
  const logger = pino({}, { write: (line: string) => world.logs.push(line) })
  return createRemoteWorklists({
    url: server.url.replace('/ingest', '/runner-config'),
    tokens: () => ['old-token', 'good-token'],
    graceSeconds: SIX_HOURS_MS / 1000,
    cache: await openWorklistCache(cachePath, logger),
    send: http.send,
    clock: { wallMs: () => world.wallMs, monotonicMs: () => 0 },
    logger,
  })
}

function world(): World {
  return { wallMs: Date.parse('2026-11-24T10:00:00Z'), logs: [] }
}

async function modelsFrom(source: ReturnType<typeof createWorklistSource>, of = groq): Promise<string[]> {
  const answer = await source(of)
  return answer.status === 'ready' ? answer.worklist.items.map(({ model }) => model) : [answer.status]
}

test('--models wins over everything, an overriding BENCHMARK_MODELS over the ingest, the ingest over BENCHMARK_MODELS', async () => {
  const server = await startIngestServer(serve(config(['remote'])))
  const remote = await remoteAt(server, null, world())
  const source = (commandLine: string[] | null, models: string[] | null, override: boolean, asked = remote) =>
    createWorklistSource({ commandLine, models, override }, asked, ['groq'])
  expect(await modelsFrom(source(['flag'], ['variable'], true))).toEqual(['flag'])
  expect(await modelsFrom(source(null, ['variable'], true))).toEqual(['variable'])
  expect(server.received).toHaveLength(0)
  expect(await modelsFrom(source(null, ['variable'], false))).toEqual(['remote'])
  expect(server.received[0]?.path).toBe('/runner-config?provider=groq')
  const noRemote = createWorklistSource({ commandLine: null, models: ['variable'], override: false }, null, [
    'groq',
  ])
  expect(await modelsFrom(noRemote)).toEqual(['variable'])
  const nothing = (): unknown =>
    createWorklistSource({ commandLine: null, models: null, override: false }, null, ['groq'])
  expect(nothing).toThrow(/--models or BENCHMARK_MODELS, or set RUNNER_CONFIG_URL/)
})

test('a model of one provider may hold colons; with several providers each entry names its own', async () => {
  const source = (models: string[], providers: string[]) =>
    createWorklistSource({ commandLine: models, models: null, override: false }, null, providers)
  expect(await modelsFrom(source(['mistral:7b'], ['ollama']), provider('ollama'))).toEqual(['mistral:7b'])
  const both = source(['groq:a', 'bedrock:amazon.nova-pro-v1:0'], ['groq', 'bedrock'])
  expect(await modelsFrom(both)).toEqual(['a'])
  expect(await modelsFrom(both, provider('bedrock'))).toEqual(['amazon.nova-pro-v1:0'])
  expect(() => source(['a'], ['groq', 'bedrock'])).toThrow(/"a" does not say whose model it is/)
})

test('an id that breaks a rule is measured when a person named it, and left out when a worklist did', async () => {
  const bare = 'anthropic.claude-opus-4-5-20251101-v1:0'
  const bedrock = provider('bedrock')
  const named = createWorklistSource({ commandLine: [bare], models: null, override: false }, null, [
    'bedrock',
  ])
  expect(await named(bedrock)).toMatchObject({
    worklist: { items: [{ model: bare }], doubtful: [{ model: bare }] },
  })
  const listed = createWorklistSource({ commandLine: null, models: [bare], override: false }, null, [
    'bedrock',
  ])
  expect(await listed(bedrock)).toMatchObject({
    worklist: { items: [], leftOut: [{ model: bare, suggestion: `us.${bare}` }] },
  })
})

test('quirks come with the model; one that cannot be followed leaves the model out', async () => {
  const model_metadata = {
    good: { omit_temperature: true, reasoning_effort: 7, colour: 'blue' },
    odd: { profile: 'no-such-profile' },
    wrong: { request_mode: 'converse' },
    capped: { additional_model_request_fields: { max_tokens: 4096 } },
    headed: { request_headers: { authorization: 'x' } },
  }
  const server = await startIngestServer(
    serve(config(['good', 'odd', 'wrong', 'capped', 'headed', 'plain'], { model_metadata })),
  )
  const remote = await remoteAt(server, null, world())
  const source = createWorklistSource({ commandLine: null, models: null, override: false }, remote, ['groq'])
  const answer = await source(groq)
  expect(answer).toMatchObject({
    worklist: {
      items: [
        { model: 'good', metadata: { omit_temperature: true } },
        { model: 'plain', metadata: {} },
      ],
      leftOut: [
        { model: 'odd' },
        { model: 'wrong' },
        { model: 'capped', reason: expect.stringContaining('max_tokens is fixed') as string },
        { model: 'headed' },
      ],
      intervalMinutes: 30,
    },
  })
})

test('an id that only its family speaks against is measured where the catalogue accepts it, with a warning', async () => {
  const [accepted, other] = ['anthropic.claude-a-v1:0', 'anthropic.claude-b-v1:0']
  const model_metadata = { [accepted]: { accept_id: true } }
  const server = await startIngestServer(
    serve({ ...config([accepted, other], { model_metadata }), provider: 'bedrock' }),
  )
  const remote = await remoteAt(server, null, world())
  const source = createWorklistSource({ commandLine: null, models: null, override: false }, remote, [
    'bedrock',
  ])
  expect(await source(provider('bedrock'))).toMatchObject({
    worklist: { items: [{ model: accepted }], doubtful: [{ model: accepted }], leftOut: [{ model: other }] },
  })
})

test('prices come with the model; prices that cannot be read are unknown as a whole', async () => {
  const price = { from: '2026-01-01', currency: 'USD', input_per_million: 1, output_per_million: 2 }
  const model_metadata = {
    priced: { prices: [price] },
    odd: { prices: [price, { ...price, output_per_million: 'much' }], omit_temperature: true },
  }
  const server = await startIngestServer(serve(config(['odd', 'priced'], { model_metadata })))
  const remote = await remoteAt(server, null, world())
  const source = createWorklistSource({ commandLine: null, models: null, override: false }, remote, ['groq'])
  expect(await source(groq)).toMatchObject({
    worklist: {
      items: [
        { model: 'odd', metadata: { omit_temperature: true, prices: undefined } },
        { model: 'priced', metadata: { prices: [price] } },
      ],
    },
  })
})

test('an unchanged worklist is asked for by its ETag and counts as fresh', async () => {
  const server = await startIngestServer(serve(config(['a'])))
  const now = world()
  const remote = await remoteAt(server, null, now)
  await remote.read('groq')
  now.wallMs += SIX_HOURS_MS + 1
  expect(await remote.read('groq')).toMatchObject({ status: 'ready', fetchedMs: now.wallMs })
  server.play = refuse(503)
  expect(await remote.read('groq')).toMatchObject({ status: 'ready' })
})

test.each([500, 503, 429, 404])(
  'a %i is bridged by the cache for six hours, over a restart, and not longer',
  async (status) => {
    const server = await startIngestServer(serve(config(['a'])))
    const path = join(temporaryFolder(), 'deep', 'runner-config.json')
    const now = world()
    await (await remoteAt(server, path, now)).read('groq')
    server.play = refuse(status)
    const restarted = await remoteAt(server, path, now)
    now.wallMs += SIX_HOURS_MS
    expect(await restarted.read('groq')).toMatchObject({ status: 'ready', config: { models: ['a'] } })
    now.wallMs += 1000
    expect(await restarted.read('groq')).toMatchObject({
      status: 'unavailable',
      reason: expect.stringMatching(/too old/),
    })
  },
)

test.each([
  ['text/html', '<html>Log in</html>'],
  ['application/json', '{"models":["a"]}'],
])('a 200 of %s that is no worklist is bridged by the cache', async (type, body) => {
  const server = await startIngestServer(serve(config(['a'])))
  const remote = await remoteAt(server, null, world())
  await remote.read('groq')
  server.play = (_received, response) => response.writeHead(200, { 'content-type': type }).end(body)
  expect(await remote.read('groq')).toMatchObject({ status: 'ready', config: { models: ['a'] } })
})

test.each([401, 403])('a %i runs nothing and never uses the cache', async (status) => {
  const server = await startIngestServer(serve(config(['a'])))
  const remote = await remoteAt(server, null, world())
  await remote.read('groq')
  server.play = refuse(status)
  expect(await remote.read('groq')).toMatchObject({ status: 'refused' })
})

test('the tokens are tried in order', async () => {
  const server = await startIngestServer((received, response, nth) =>
    (received.authorization === 'Bearer good-token' ? serve(config(['a'])) : refuse(401))(
      received,
      response,
      nth,
    ),
  )
  const remote = await remoteAt(server, null, world())
  expect(await remote.read('groq')).toMatchObject({ status: 'ready' })
  expect(server.received).toHaveLength(2)
})

test('a cache that cannot be written or read is a warning', async () => {
  const folder = temporaryFolder()
  const server = await startIngestServer(serve(config(['a'])))
  const now = world()
  writeFileSync(join(folder, 'file'), 'not JSON')
  const remote = await remoteAt(server, join(folder, 'file', 'runner-config.json'), now)
  expect(await remote.read('groq')).toMatchObject({ status: 'ready' })
  expect(await (await remoteAt(server, join(folder, 'file'), now)).read('groq')).toMatchObject({
    status: 'ready',
  })
  expect(now.logs.join('')).toMatch(/cannot be cached[\s\S]*cannot be read/)
})
