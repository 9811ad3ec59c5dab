import { readFileSync, writeFileSync } from 'node:fs'
import type { IncomingHttpHeaders } from 'node:http'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { createRegistry } from '@llmbench/providers'
import type { Environment, Provider } from '@llmbench/providers'
import { expect, test } from 'vitest'
import { makePlan } from '../../../packages/providers/test/support/plans.ts'
import { createThreadReader } from '../src/discovery/reader.ts'
import { readVendors } from '../src/vendors-file.ts'
import { temporaryFolder } from './support/folders.ts'
import { sendJson } from './support/ingest-server.ts'
import { start, startRunner } from './support/processes.ts'
import { startProvider, streamTwoTokens } from './support/providers.ts'

const KEY = 'vendor-key-0123456789'
const EXAMPLE = new URL('../../../deploy/host/vendors.example.json', import.meta.url)

function fileOf(document: unknown): string {
  const path = join(temporaryFolder(), 'vendors.json')
  writeFileSync(path, typeof document === 'string' ? document : JSON.stringify(document))
  return path
}

const read = (...vendors: unknown[]) => readVendors({ RUNNER_VENDORS_FILE: fileOf({ vendors }) })

function providerOf(slug: string, ...vendors: unknown[]): Provider {
  const provider = createRegistry(read(...vendors)).find(slug)
  if (provider === undefined) throw new Error(`No ${slug}`)
  return provider
}

/** The request for a run of the model `m`. */
async function requestOf(provider: Provider, environment: Environment) {
  const [dialect] = provider.dialects
  if (dialect === undefined) throw new Error('Nothing to ask with')
  const plan = makePlan({ provider: provider.slug, model: 'm', requestMode: dialect.requestMode })
  const access = await provider.access(environment)
  const { url, headers, body } = await provider.request(plan, access)
  return { url, headers, body: JSON.parse(String(body)) as Record<string, unknown>, secrets: access.secrets }
}

const MOONSHOT = { slug: 'moonshot', base_url: 'https://api.moonshot.test/v1' }

test('an entry of a slug and a base URL is a chat vendor with a bearer key in its own variable', async () => {
  const request = await requestOf(providerOf('moonshot', MOONSHOT), { MOONSHOT_API_KEY: KEY })
  expect(request).toMatchObject({
    url: 'https://api.moonshot.test/v1/chat/completions',
    headers: { authorization: `Bearer ${KEY}` },
    body: { max_tokens: 64, stream: true, stream_options: { include_usage: true } },
    secrets: [KEY],
  })
})

test('key variable, cap, stream options and headers are the entry’s', async () => {
  const entry = {
    ...MOONSHOT,
    key_variable: 'KIMI_KEY',
    cap: 'max_completion_tokens',
    stream_options: false,
    headers: { 'x-tenant': 'bench' },
  }
  const { headers, body } = await requestOf(providerOf('moonshot', entry), { KIMI_KEY: KEY })
  expect(headers).toMatchObject({ 'x-tenant': 'bench', authorization: `Bearer ${KEY}` })
  expect(body).toMatchObject({ max_completion_tokens: 64 })
  expect(body).not.toHaveProperty('max_tokens')
  expect(body).not.toHaveProperty('stream_options')
})

test.each([
  ['completions', '/completions', 'authorization', `Bearer ${KEY}`],
  ['responses', '/responses', 'authorization', `Bearer ${KEY}`],
  ['messages', '/messages', 'x-api-key', KEY],
  ['generate_content', '/models/m:streamGenerateContent?alt=sse', 'x-goog-api-key', KEY],
])('the dialect %s is asked at %s with the key in %s', async (dialect, path, header, value) => {
  const { url, headers } = await requestOf(providerOf('moonshot', { ...MOONSHOT, dialect }), {
    MOONSHOT_API_KEY: KEY,
  })
  expect(url).toBe(`https://api.moonshot.test/v1${path}`)
  expect(headers[header]).toBe(value)
})

test('a self-hosted entry needs no key and may be plain http at a private address; another may be neither', async () => {
  const entry = { slug: 'gpu-2', base_url: 'http://192.168.1.21:8000/v1', self_hosted: true }
  const { url, headers, secrets } = await requestOf(providerOf('gpu-2', entry), {})
  expect(url).toBe('http://192.168.1.21:8000/v1/chat/completions')
  expect(headers).not.toHaveProperty('authorization')
  expect(secrets).toEqual([])
  expect(() => read({ ...entry, self_hosted: false })).toThrow(
    'RUNNER_VENDORS_FILE: gpu-2: base_url should begin with https://',
  )
  expect(() => providerOf('moonshot', MOONSHOT).access({})).toThrow('MOONSHOT_API_KEY is not set')
})

test('<VENDOR>_BASE_URL leads to another endpoint, as for every vendor', async () => {
  const environment = { MOONSHOT_API_KEY: KEY, MOONSHOT_BASE_URL: 'https://eu.moonshot.test/v1/' }
  const { url } = await requestOf(providerOf('moonshot', MOONSHOT), environment)
  expect(url).toBe('https://eu.moonshot.test/v1/chat/completions')
})

test.each([
  [{ slug: 'groq' }, 'groq: slug is built in: another endpoint for it goes into <VENDOR>_BASE_URL'],
  [{ slug: 'openai-compatible' }, 'openai-compatible: slug is built in'],
  [{ slug: 'all' }, 'all: slug should not be "all"'],
  [{ slug: 'Moonshot' }, 'Moonshot: slug should be a lower-case slug such as moonshot'],
  [{ slug: 'a_b' }, 'a_b: slug should be a lower-case slug'],
  [{ slug: undefined }, 'vendor 1: slug '],
  [{ base_url: 'api.moonshot.test/v1' }, 'moonshot: base_url should be a URL such as https://'],
  [
    { base_url: 'https://user:secret-value@a.test/v1' },
    'moonshot: base_url should hold no user name or password',
  ],
  [{ base_url: 'http://a.test/v1' }, 'moonshot: base_url should begin with https://'],
  [{ base_url: 'http://8.8.8.8/v1', self_hosted: true }, 'moonshot: base_url should begin with https://'],
  [{ base_url: 'https://a.test/v1?key=secret-value' }, 'moonshot: base_url should end with its path'],
  [{ key_variable: 'INGEST_API_KEY' }, 'moonshot: key_variable should not be INGEST_API_KEY'],
  [{ key_variable: 'RUNNER_CONFIG_TOKEN' }, 'moonshot: key_variable should not be RUNNER_CONFIG_TOKEN'],
  [{ key_variable: 'AWS_SECRET_ACCESS_KEY' }, 'moonshot: key_variable should not be AWS_SECRET_ACCESS_KEY'],
  [{ slug: 'ingest' }, 'ingest: key_variable should not be INGEST_API_KEY'],
  [{ slug: '302ai' }, '302ai: key_variable should be set, as 302AI_API_KEY is no name of a variable'],
  [
    { key_variable: 'sk-secret-value' },
    'moonshot: key_variable should be the name of an environment variable',
  ],
  [{ dialect: 'converse' }, 'moonshot: dialect should be one of chat, completions, responses, messages'],
  [
    { dialect: 'messages', cap: 'max_tokens' },
    'moonshot: cap goes with the dialect chat, and not with messages',
  ],
  [{ dialect: 'responses', stream_options: true }, 'moonshot: stream_options goes with the dialect chat'],
  [
    { headers: { authorization: 'Bearer secret-value' } },
    'carries a key: keys belong in the variable of key_variable',
  ],
  [{ headers: { 'x-api-key': 'secret-value' } }, 'carries a key'],
  [{ headers: { 'x-auth-token': 'secret-value' } }, 'carries a key'],
  [{ headers: { 'user-agent': 'other' } }, 'is set by the runner itself'],
  [{ headers: { host: 'other' } }, 'is set by the runner itself'],
  [{ headers: { 'X-Upper': 'a' } }, 'should be a header name in lower case'],
  [{ headers: { 'x-a': 'a\r\nx-b: c' } }, 'moonshot: headers x-a '],
  [{ baseUrl: 'https://a.test/v1' }, 'moonshot: Unrecognized key: "baseUrl"'],
  [{ cap: 'max_output_tokens' }, 'moonshot: cap '],
  [{ self_hosted: 'yes' }, 'moonshot: self_hosted '],
])('%j is refused by vendor and field, never by its value', (differences, sentence) => {
  const refused = (): unknown => read({ ...MOONSHOT, ...differences })
  expect(refused).toThrow(/^RUNNER_VENDORS_FILE: /)
  expect(refused).toThrow(sentence)
  expect(refused).not.toThrow(/secret-value/)
})

test.each([
  ['{"vendors": [', /^RUNNER_VENDORS_FILE should name a JSON file/],
  ['GROQ_API_KEY=gsk-secret-value', /^RUNNER_VENDORS_FILE should name a JSON file/],
  ['[]', /^RUNNER_VENDORS_FILE: should be \{"vendors": /],
  ['{"vendor": []}', /^RUNNER_VENDORS_FILE: should be \{"vendors": /],
  ['{"vendors": {}}', /^RUNNER_VENDORS_FILE: should be \{"vendors": /],
])('the file %j is refused', (text, sentence) => {
  const refused = (): unknown => readVendors({ RUNNER_VENDORS_FILE: fileOf(text) })
  expect(refused).toThrow(sentence)
  expect(refused).not.toThrow(/secret-value/)
})

test('a file that is not there, and a vendor that is described twice, are refused', () => {
  expect(() => readVendors({ RUNNER_VENDORS_FILE: '/no/such/file' })).toThrow(
    /^RUNNER_VENDORS_FILE should name a file that can be read: .*ENOENT/,
  )
  expect(() => read(MOONSHOT, { ...MOONSHOT, base_url: 'https://other.test/v1' })).toThrow(
    'RUNNER_VENDORS_FILE: moonshot is described twice',
  )
  expect(readVendors({})).toEqual([])
  expect(readVendors({ RUNNER_VENDORS_FILE: '' })).toEqual([])
})

test('the example file is valid, and each of its vendors can be asked with a key', async () => {
  const registry = createRegistry(readVendors({ RUNNER_VENDORS_FILE: EXAMPLE.pathname }))
  const { vendors } = JSON.parse(readFileSync(EXAMPLE, 'utf8')) as {
    vendors: { slug: string; base_url: string; key_variable?: string }[]
  }
  for (const { slug, base_url: baseUrl, key_variable: variable } of vendors) {
    const provider = registry.find(slug)
    if (provider === undefined) throw new Error(`No ${slug}`)
    const { url } = await requestOf(provider, { [variable ?? `${slug.toUpperCase()}_API_KEY`]: KEY })
    expect(url.startsWith(`${baseUrl}/`), slug).toBe(true)
  }
  expect(registry.slugs()).toEqual(expect.arrayContaining(['groq', 'moonshot', 'perplexity']))
})

test('a runner measures a vendor of the file by its name and within its budget; the tape needs no file', async () => {
  const seen: IncomingHttpHeaders[] = []
  const provider = await startProvider((request, response) => {
    seen.push(request.headers)
    streamTwoTokens(request, response)
  })
  const folder = temporaryFolder()
  const entry = { slug: 'z-ai', base_url: provider, headers: { 'x-tenant': 'bench' } }
  const runner = startRunner(
    ['--local', '--json', '--provider', 'z-ai', '--models', 'glm', '--save-tapes', folder],
    {
      RUNNER_VENDORS_FILE: fileOf({ vendors: [entry] }),
      Z_AI_API_KEY: KEY,
      Z_AI_BUDGET_REQUESTS_PER_DAY: '5',
    },
  )
  expect(await runner.ended).toBe(0)
  expect(JSON.parse(runner.stdout())).toMatchObject({
    provider: 'z-ai',
    model_name: 'glm',
    outcome: 'length',
  })
  expect(seen).toMatchObject([{ 'x-tenant': 'bench', authorization: `Bearer ${KEY}` }])
  expect(runner.stdout() + runner.stderr()).not.toContain(KEY)
  const replay = start('apps/runner/src/replay/main.ts', [folder, '--json'], {})
  expect(await replay.ended).toBe(0)
  expect(replay.stdout()).toBe(runner.stdout())
})

test('an unknown provider is refused with the vendors of the file among what is accepted', async () => {
  const runner = startRunner(['--local', '--provider', 'moonshoot', '--models', 'm'], {
    RUNNER_VENDORS_FILE: fileOf({ vendors: [MOONSHOT] }),
  })
  expect(await runner.ended).toBe(2)
  expect(runner.stderr()).toMatch(/"moonshoot" is no provider\. Accepted: all, openai, .*, moonshot/)
})

test('a vendor of the file lists its models where its dialect does, also in the daemon’s thread', async () => {
  const address = await startProvider((_request, response) =>
    sendJson(response, 200, { data: [{ id: 'glm' }] }),
  )
  const reader = createThreadReader({
    environment: { MOONSHOT_API_KEY: KEY, MOONSHOT_BASE_URL: address },
    runnerId: 'r',
    outbound: { userAgent: 'test/1', proxy: null },
    vendors: read(MOONSHOT),
  })
  const { body, facts } = await reader('moonshot', new AbortController().signal)
  expect(facts).toMatchObject({ models: 1, fault: null })
  expect(JSON.parse(gunzipSync(body).toString())).toMatchObject({
    provider: 'moonshot',
    models: [{ model_id: 'glm' }],
  })
})

test('a vendor that lists nothing says so when its list is asked for', async () => {
  const runner = startRunner(['--local', '--provider', 'moonshot', '--discover'], {
    RUNNER_VENDORS_FILE: fileOf({ vendors: [{ ...MOONSHOT, lists_models: false }] }),
    MOONSHOT_API_KEY: KEY,
  })
  expect(await runner.ended).toBe(2)
  expect(runner.stderr()).toContain('moonshot has no list of models: Its entry in the vendors file says so')
})
