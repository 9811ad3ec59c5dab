/** What is sent to the vendors that speak OpenAI chat behind a bearer key, and what every vendor has in common. */
import { describe, expect, test } from 'vitest'
import { providerSlugs } from '../src/registry.ts'
import { build, KEY, PROMPT, refusal } from './support/requests.ts'

type Vendor = readonly [slug: string, key: string | null, url: string, environment?: Record<string, string>]

const VENDORS: readonly Vendor[] = [
  ['groq', 'GROQ_API_KEY', 'https://api.groq.com/openai/v1'],
  ['together', 'TOGETHER_API_KEY', 'https://api.together.xyz/v1'],
  ['fireworks', 'FIREWORKS_API_KEY', 'https://api.fireworks.ai/inference/v1'],
  ['deepinfra', 'DEEPINFRA_API_KEY', 'https://api.deepinfra.com/v1/openai'],
  ['deepinfra', 'DEEPINFRA_TOKEN', 'https://api.deepinfra.com/v1/openai'],
  ['cerebras', 'CEREBRAS_API_KEY', 'https://api.cerebras.ai/v1'],
  ['openrouter', 'OPENROUTER_API_KEY', 'https://openrouter.ai/api/v1'],
  ['huggingface', 'HF_TOKEN', 'https://router.huggingface.co/v1'],
  ['mistral', 'MISTRAL_API_KEY', 'https://api.mistral.ai/v1'],
  ['deepseek', 'DEEPSEEK_API_KEY', 'https://api.deepseek.com/v1'],
  ['xai', 'XAI_API_KEY', 'https://api.x.ai/v1'],
  ['lambda', 'LAMBDA_API_KEY', 'https://api.lambda.ai/v1'],
  ['runpod', 'RUNPOD_API_KEY', 'https://r.test/openai/v1', { RUNPOD_BASE_URL: 'https://r.test/openai/v1' }],
  ['anyscale', 'ANYSCALE_API_KEY', 'https://a.test/v1', { ANYSCALE_BASE_URL: 'https://a.test/v1/' }],
  ['gpustack', null, 'https://g.test/v1-openai', { GPUSTACK_BASE_URL: 'https://g.test/v1-openai' }],
  ['vllm', null, 'http://127.0.0.1:8000/v1'],
  ['llamacpp', null, 'http://127.0.0.1:8080/v1'],
  ['ollama', null, 'http://127.0.0.1:11434/v1'],
  ['tgi', null, 'http://127.0.0.1:8080/v1'],
  [
    'openai-compatible',
    null,
    'http://localhost:9/v1',
    { OPENAI_COMPATIBLE_BASE_URL: 'http://localhost:9/v1' },
  ],
]

/** Where the older name is refused, or the newer one is the documented one. */
const NEWER_CAP = new Set(['groq', 'cerebras'])
/** Usage comes unasked. */
const WITHOUT_OPTION = new Set(['mistral'])

const environmentOf = ([, key, , more = {}]: Vendor) => (key === null ? more : { [key]: KEY, ...more })

describe.each(VENDORS.map((vendor) => [vendor[0], vendor] as const))('%s', (slug, vendor) => {
  test('is asked for a stream of chat with its cap, its temperature and usage', async () => {
    const request = await build(slug, environmentOf(vendor), { model: 'some/model' })
    expect(request).toMatchObject({ method: 'POST', url: `${vendor[2]}/chat/completions`, temperature: 0.1 })
    expect(request.body).toEqual({
      model: 'some/model',
      messages: [{ role: 'user', content: PROMPT }],
      [NEWER_CAP.has(slug) ? 'max_completion_tokens' : 'max_tokens']: 64,
      temperature: 0.1,
      stream: true,
      ...(WITHOUT_OPTION.has(slug) ? {} : { stream_options: { include_usage: true } }),
    })
  })

  test('carries the key in one header, or none where none is set', async () => {
    const { headers, secrets } = await build(slug, environmentOf(vendor))
    const plain = { 'content-type': 'application/json', accept: 'text/event-stream' }
    expect(headers).toEqual(vendor[1] === null ? plain : { ...plain, authorization: `Bearer ${KEY}` })
    expect(secrets).toEqual(vendor[1] === null ? [] : [KEY])
  })

  test('without its key is refused by the name of the variable, or needs none', async () => {
    const [, key, , more = {}] = vendor
    if (key === null) {
      const name = `${slug.toUpperCase().replaceAll('-', '_')}_API_KEY`
      const { headers } = await build(slug, { ...more, [name]: KEY })
      expect(headers).toMatchObject({ authorization: `Bearer ${KEY}` })
      return
    }
    expect(await refusal(slug, more)).toContain(key)
  })
})

test.each(['runpod', 'anyscale', 'gpustack', 'openai-compatible'])(
  '%s has no address of its own and says which variable holds it',
  async (slug) => {
    const name = `${slug.toUpperCase().replaceAll('-', '_')}_BASE_URL`
    expect(await refusal(slug, { RUNPOD_API_KEY: KEY })).toContain(name)
  },
)

test('quirks come from the metadata: no temperature, an effort, further fields', async () => {
  const metadata = {
    omit_temperature: true,
    reasoning_effort: 'low',
    additional_model_request_fields: { provider: { order: ['x'], allow_fallbacks: false } },
  }
  const { body, temperature } = await build('openrouter', { OPENROUTER_API_KEY: KEY }, { metadata })
  expect(temperature).toBeNull()
  expect(body).not.toHaveProperty('temperature')
  expect(body).toMatchObject({ reasoning_effort: 'low', provider: { order: ['x'], allow_fallbacks: false } })
})

test('a temperature among the further fields is the one that is sent and recorded', async () => {
  const metadata = { additional_model_request_fields: { temperature: 1 } }
  const { body, temperature } = await build('groq', { GROQ_API_KEY: KEY }, { metadata })
  expect([body['temperature'], temperature]).toEqual([1, 1])
})

test('another endpoint of a vendor is taken from its variable', async () => {
  const environment = { GROQ_API_KEY: KEY, GROQ_BASE_URL: 'http://127.0.0.1:9/openai/v1//' }
  expect((await build('groq', environment)).url).toBe('http://127.0.0.1:9/openai/v1/chat/completions')
})

test('white space around a value is not part of it, and a blank value is none', async () => {
  expect((await build('groq', { GROQ_API_KEY: ` ${KEY}\n` })).headers['authorization']).toBe(`Bearer ${KEY}`)
  expect(await refusal('groq', { GROQ_API_KEY: '  ' })).toContain('GROQ_API_KEY')
})

test.each(['two words', 'line\nbreak', 'größe', 'nul\0'])(
  '%j is no key, and no message repeats it',
  async (key) => {
    const message = await refusal('groq', { GROQ_API_KEY: key })
    expect(message).toContain('GROQ_API_KEY')
    expect(message).not.toContain(key)
  },
)

test.each([
  ['http://10.0.0.7/v1', 'without TLS'],
  ['http://example.test/v1', 'without TLS'],
  ['http://127.0.0.1.example.test/v1', 'without TLS'],
  ['http://localhost.example.test/v1', 'without TLS'],
  ['http://0.0.0.0/v1', 'without TLS'],
  ['ftp://example.test/v1', 'https://'],
  ['file:///etc/passwd', 'https://'],
  ['example.test/v1', 'GROQ_BASE_URL'],
  ['https://user:secret@example.test/v1', 'credentials'],
])('the base URL %s is refused', async (url, words) => {
  const message = await refusal('groq', { GROQ_API_KEY: KEY, GROQ_BASE_URL: url })
  expect(message).toContain('GROQ_BASE_URL')
  expect(message).toContain(words)
  expect(message).not.toContain('secret')
})

test.each(['http://127.0.0.1:8/v1', 'http://127.9.9.9/v1', 'http://localhost/v1', 'http://[::1]:8/v1'])(
  '%s is this machine and may be reached without TLS',
  async (url) => {
    expect((await build('groq', { GROQ_API_KEY: KEY, GROQ_BASE_URL: url })).url).toBe(
      `${url}/chat/completions`,
    )
  },
)

test('every vendor of the registry has its request tested', () => {
  const here = new Set(VENDORS.map(([slug]) => slug))
  const clouds = ['openai', 'azure', 'anthropic', 'bedrock', 'gemini', 'vertex', 'databricks']
  expect(providerSlugs().filter((slug) => !here.has(slug))).toEqual(clouds)
})
