/** What is sent to OpenAI and to Azure OpenAI, each API of theirs. */
import { describe, expect, test } from 'vitest'
import { build, KEY, PROMPT, refusal } from './support/requests.ts'

const METADATA = { omit_temperature: true, reasoning_effort: 'low' }
const OPENAI = { OPENAI_API_KEY: KEY }
const USER = [{ role: 'user', content: PROMPT }]

describe('openai', () => {
  test('Responses is the default, stores nothing and asks for no padding', async () => {
    const request = await build('openai', OPENAI, { model: 'gpt-5-nano' })
    expect(request.url).toBe('https://api.openai.com/v1/responses')
    expect(request.headers).toEqual({
      'content-type': 'application/json',
      accept: 'text/event-stream',
      authorization: `Bearer ${KEY}`,
    })
    expect(request.body).toEqual({
      model: 'gpt-5-nano',
      input: PROMPT,
      max_output_tokens: 64,
      temperature: 0.1,
      store: false,
      stream: true,
      stream_options: { include_obfuscation: false },
    })
  })

  test('Responses takes the effort as an object', async () => {
    const { body, temperature } = await build('openai', OPENAI, { metadata: METADATA })
    expect(body).toMatchObject({ reasoning: { effort: 'low' } })
    expect(body).not.toHaveProperty('temperature')
    expect(temperature).toBeNull()
  })

  test('chat uses the cap that reasoning models accept', async () => {
    const { url, body } = await build('openai', OPENAI, {
      requestMode: 'chat_completions_stream',
      metadata: METADATA,
      model: 'm',
    })
    expect(url).toBe('https://api.openai.com/v1/chat/completions')
    expect(body).toEqual({
      model: 'm',
      messages: USER,
      max_completion_tokens: 64,
      reasoning_effort: 'low',
      stream: true,
      stream_options: { include_usage: true },
    })
  })

  test('legacy completions send the prompt as it is', async () => {
    const requestMode = 'openai_legacy_completions_stream'
    const { url, body } = await build('openai', OPENAI, { requestMode, model: 'm' })
    expect(url).toBe('https://api.openai.com/v1/completions')
    expect(body).toMatchObject({ prompt: PROMPT, max_tokens: 64, stream_options: { include_usage: true } })
  })

  test('organization and project go along where they are set', async () => {
    const { headers } = await build('openai', {
      ...OPENAI,
      OPENAI_ORG_ID: 'org-a',
      OPENAI_PROJECT_ID: 'proj-b',
    })
    expect(headers).toMatchObject({ 'openai-organization': 'org-a', 'openai-project': 'proj-b' })
  })

  test('an API it does not offer is a fault of the caller', async () => {
    await expect(build('openai', OPENAI, { requestMode: 'anthropic_messages_stream' })).rejects.toThrow(
      'does not offer',
    )
  })

  test('a missing key is named', async () => {
    expect(await refusal('openai', {})).toContain('OPENAI_API_KEY')
  })
})

describe('azure', () => {
  const AZURE = { AZURE_OPENAI_API_KEY: KEY }

  test.each([
    [{ AZURE_OPENAI_ENDPOINT: 'https://r.openai.azure.com' }, 'https://r.openai.azure.com/openai/v1'],
    [{ AZURE_OPENAI_ENDPOINT: 'https://r.openai.azure.com/' }, 'https://r.openai.azure.com/openai/v1'],
    [
      { AZURE_BASE_URL: 'https://r.services.ai.azure.com/openai/v1' },
      'https://r.services.ai.azure.com/openai/v1',
    ],
    [{ AZURE_BASE_URL: 'https://a.test/x', AZURE_OPENAI_ENDPOINT: 'https://b.test' }, 'https://a.test/x'],
  ])('%j is reached at %s', async (environment, base) => {
    const request = await build('azure', { ...AZURE, ...environment }, { model: 'my-deployment' })
    expect(request.url).toBe(`${base}/chat/completions`)
    expect(request.body).toMatchObject({ model: 'my-deployment', max_completion_tokens: 64 })
  })

  test('the key is in api-key and in no authorization', async () => {
    const environment = { AZURE_API_KEY: KEY, AZURE_OPENAI_ENDPOINT: 'https://r.openai.azure.com' }
    const request = await build('azure', environment, { requestMode: 'openai_responses_stream' })
    expect(request.headers).toMatchObject({ 'api-key': KEY })
    expect(request.headers).not.toHaveProperty('authorization')
    expect(request.url).toBe('https://r.openai.azure.com/openai/v1/responses')
  })

  test('a missing key or endpoint is named', async () => {
    expect(await refusal('azure', {})).toContain('AZURE_OPENAI_API_KEY')
    expect(await refusal('azure', AZURE)).toContain('AZURE_OPENAI_ENDPOINT')
    expect(
      await refusal('azure', { ...AZURE, AZURE_OPENAI_ENDPOINT: 'http://r.openai.azure.com' }),
    ).toContain('TLS')
  })
})
