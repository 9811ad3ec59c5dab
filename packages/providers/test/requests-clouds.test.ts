/** What is sent to the vendors with an API or an address of their own. */
import { describe, expect, test } from 'vitest'
import { build, KEY, PROMPT, refusal } from './support/requests.ts'

const METADATA = { omit_temperature: true, reasoning_effort: 'low' }
const USER = [{ role: 'user', content: PROMPT }]

describe('anthropic', () => {
  test('a key is in x-api-key beside the version', async () => {
    const request = await build(
      'anthropic',
      { ANTHROPIC_API_KEY: KEY, ANTHROPIC_AUTH_TOKEN: 'other' },
      { model: 'm' },
    )
    expect(request.url).toBe('https://api.anthropic.com/v1/messages')
    expect(request.headers).toMatchObject({ 'x-api-key': KEY, 'anthropic-version': '2023-06-01' })
    expect(request.headers).not.toHaveProperty('authorization')
    expect(request.body).toEqual({
      model: 'm',
      max_tokens: 64,
      messages: USER,
      temperature: 0.1,
      stream: true,
    })
  })

  test('a token is a bearer', async () => {
    const { headers } = await build('anthropic', { ANTHROPIC_AUTH_TOKEN: KEY })
    expect(headers).toMatchObject({ authorization: `Bearer ${KEY}`, 'anthropic-version': '2023-06-01' })
    expect(headers).not.toHaveProperty('x-api-key')
  })

  test('effort and thinking stand where the API wants them', async () => {
    const thinking = { type: 'enabled', budget_tokens: 1024 }
    const metadata = { ...METADATA, additional_model_request_fields: { thinking } }
    const { body } = await build('anthropic', { ANTHROPIC_API_KEY: KEY }, { metadata })
    expect(body).toMatchObject({ output_config: { effort: 'low' }, thinking })
    expect(body).not.toHaveProperty('temperature')
  })

  test('a missing key is named', async () => {
    expect(await refusal('anthropic', {})).toContain('ANTHROPIC_API_KEY')
  })
})

describe('gemini', () => {
  test.each(['GEMINI_API_KEY', 'GOOGLE_API_KEY', 'GOOGLE_GENERATIVE_AI_API_KEY'])(
    '%s is sent in a header',
    async (name) => {
      const request = await build('gemini', { [name]: KEY }, { model: 'gemini-2.5-pro' })
      expect(request.url).toBe(
        'https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse',
      )
      expect(request.headers).toMatchObject({ 'x-goog-api-key': KEY })
      expect(request.body).toEqual({
        contents: [{ role: 'user', parts: [{ text: PROMPT }] }],
        generationConfig: { maxOutputTokens: 64, temperature: 0.1 },
      })
    },
  )

  test('the effort is a thinking level, further fields are settings of the generation', async () => {
    const generation = async (metadata: object) =>
      (await build('gemini', { GEMINI_API_KEY: KEY }, { metadata })).body
    expect(await generation(METADATA)).toMatchObject({
      generationConfig: { maxOutputTokens: 64, thinkingConfig: { thinkingLevel: 'low' } },
    })
    const thinkingConfig = { thinkingBudget: 0 }
    expect(await generation({ additional_model_request_fields: { thinkingConfig } })).toMatchObject({
      generationConfig: { temperature: 0.1, thinkingConfig },
    })
  })

  test('a missing key is named', async () => {
    expect(await refusal('gemini', {})).toContain('GEMINI_API_KEY')
  })
})

describe('databricks', () => {
  test.each([
    [{ DATABRICKS_HOST: 'dbc-1.cloud.test' }, 'https://dbc-1.cloud.test/serving-endpoints'],
    [{ DATABRICKS_HOST: 'https://dbc-1.cloud.test/' }, 'https://dbc-1.cloud.test/serving-endpoints'],
    [{ DATABRICKS_BASE_URL: 'https://x.test/serving-endpoints' }, 'https://x.test/serving-endpoints'],
  ])('%j is reached at %s, and usage is not asked for', async (environment, base) => {
    const request = await build(
      'databricks',
      { DATABRICKS_TOKEN: KEY, ...environment },
      { model: 'my-endpoint' },
    )
    expect(request.url).toBe(`${base}/chat/completions`)
    expect(request.headers).toMatchObject({ authorization: `Bearer ${KEY}` })
    expect(request.body).toEqual({
      model: 'my-endpoint',
      messages: USER,
      max_tokens: 64,
      temperature: 0.1,
      stream: true,
    })
  })

  test('a missing host or token is named, and a host is not reached without TLS', async () => {
    expect(await refusal('databricks', { DATABRICKS_TOKEN: KEY })).toContain('DATABRICKS_HOST')
    expect(await refusal('databricks', { DATABRICKS_HOST: 'x.test' })).toContain('DATABRICKS_TOKEN')
    expect(
      await refusal('databricks', { DATABRICKS_TOKEN: KEY, DATABRICKS_HOST: 'http://x.test' }),
    ).toContain('TLS')
  })
})
