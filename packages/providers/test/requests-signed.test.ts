/** What is sent to Bedrock and to Vertex: signed or tokened requests whose paths name the model. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test, vi } from 'vitest'
import { withUserAgent } from '../src/outbound.ts'
import { monotonicNs } from '../src/transport/clock.ts'
import { recordTape } from './support/record.ts'
import { useAwsCredentials } from './support/aws.ts'
import { makePlan } from './support/plans.ts'
import { bodyText, build, KEY, PROMPT, providerOf, refusal } from './support/requests.ts'

const THINKING = { thinking: { type: 'enabled', budget_tokens: 1024 } }

describe('bedrock', () => {
  const AWS = { AWS_REGION: 'eu-west-1', AWS_SECRET_ACCESS_KEY: `${KEY}/secret` }
  const MODEL = 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0'

  useAwsCredentials(AWS.AWS_SECRET_ACCESS_KEY)

  test('the model is one encoded segment of the path, and the request is signed for the service bedrock', async () => {
    const request = await build('bedrock', AWS, { model: MODEL })
    expect(request.url).toBe(
      'https://bedrock-runtime.eu-west-1.amazonaws.com/model/eu.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse-stream',
    )
    expect(request.headers['authorization']).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIDOFATEST\/\d{8}\/eu-west-1\/bedrock\/aws4_request, SignedHeaders=[^,]*host[^,]*, Signature=[0-9a-f]{64}$/,
    )
    expect(request.headers).toHaveProperty('x-amz-date')
    expect(request.headers).not.toHaveProperty('host')
    expect(JSON.stringify(request.headers)).not.toContain('secret')
    expect(request.temperature).toBe(0.1)
    expect(request.body).toEqual({
      messages: [{ role: 'user', content: [{ text: PROMPT }] }],
      inferenceConfig: { maxTokens: 64, temperature: 0.1 },
    })
  })

  test('an ARN is one segment too', async () => {
    const model = 'arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/abc'
    expect((await build('bedrock', AWS, { model })).url).toContain(
      `/model/${encodeURIComponent(model)}/converse-stream`,
    )
  })

  test('no temperature, an effort and further fields come from the metadata', async () => {
    const metadata = {
      omit_temperature: true,
      reasoning_effort: 'low',
      additional_model_request_fields: THINKING,
    }
    const { body, temperature } = await build('bedrock', AWS, { model: MODEL, metadata })
    expect(temperature).toBeNull()
    expect(body).toMatchObject({
      inferenceConfig: { maxTokens: 64 },
      outputConfig: { effort: 'low' },
      additionalModelRequestFields: THINKING,
    })
    expect(body['inferenceConfig']).not.toHaveProperty('temperature')
  })

  test('a Bedrock API key is a bearer and nothing is signed', async () => {
    vi.stubEnv('AWS_BEARER_TOKEN_BEDROCK', KEY)
    const { headers, secrets } = await build(
      'bedrock',
      { ...AWS, AWS_BEARER_TOKEN_BEDROCK: KEY },
      { model: MODEL },
    )
    const named = Object.entries(headers).filter(([name]) => name.toLowerCase() === 'authorization')
    expect(named.map(([, value]) => value)).toEqual([`Bearer ${KEY}`])
    expect(secrets).toContain(KEY)
  })

  test('the user agent is no part of the signature, so it can name the runner in place of the SDK', async () => {
    const { headers } = await build('bedrock', AWS, { model: MODEL })
    expect(headers['authorization']).not.toMatch(/[=;]user-agent[;,]/)
    const sent = withUserAgent({ ...headers, 'User-Agent': 'some SDK' }, { userAgent: 'llmbench/1' })
    expect(sent).toEqual({ ...headers, 'user-agent': 'llmbench/1' })
  })

  test('a session token goes along and is a secret', async () => {
    vi.stubEnv('AWS_SESSION_TOKEN', KEY)
    const { headers, secrets } = await build('bedrock', { ...AWS, AWS_SESSION_TOKEN: KEY }, { model: MODEL })
    expect(headers['x-amz-security-token']).toBe(KEY)
    expect(secrets).toContain(KEY)
  })

  test('a missing region is named, and another endpoint is held to TLS', async () => {
    expect(await refusal('bedrock', {})).toContain('AWS_REGION')
    const endpoint = { ...AWS, AWS_ENDPOINT_URL_BEDROCK_RUNTIME: 'http://bedrock.test' }
    expect(await refusal('bedrock', endpoint)).toContain('AWS_ENDPOINT_URL_BEDROCK_RUNTIME')
  })

  test('the signed request arrives as it was signed: path, headers and body', async () => {
    const seen: { url: string; host: string; authorization: string; body: string }[] = []
    const server = createServer((request, response) => {
      const body: Buffer[] = []
      request.on('data', (bytes: Buffer) => body.push(bytes))
      request.on('end', () => {
        const { host = '', authorization = '' } = request.headers
        seen.push({ url: request.url ?? '', host, authorization, body: String(Buffer.concat(body)) })
        response.end()
      })
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
    const provider = providerOf('bedrock')
    const access = await provider.access({ ...AWS, AWS_ENDPOINT_URL_BEDROCK_RUNTIME: `http://${host}` })
    const plan = makePlan({ provider: 'bedrock', requestMode: 'bedrock_converse_stream', model: MODEL })
    const request = await provider.request(plan, access)
    const tape = await recordTape(request, {
      deadlines: plan.profile.deadlines,
      hasContent: () => true,
      arrivalNs: monotonicNs,
    })
    server.close()
    expect([tape.failure, tape.response?.status]).toEqual([null, 200])
    const body = bodyText(request)
    const { authorization } = request.headers
    expect(seen).toEqual([{ url: new URL(request.url).pathname, host, authorization, body }])
    expect(seen[0]?.url).toContain('v1%3A0')
  })
})

describe('vertex', () => {
  const GOOGLE = {
    VERTEX_ACCESS_TOKEN: KEY,
    GOOGLE_CLOUD_PROJECT: 'my-project',
    GOOGLE_CLOUD_LOCATION: 'europe-west4',
  }
  const PARENT = '/v1/projects/my-project/locations/europe-west4'
  const HOST = 'https://europe-west4-aiplatform.googleapis.com'

  test('Gemini is named in the path', async () => {
    const request = await build('vertex', GOOGLE, { model: 'gemini-2.5-flash' })
    expect(request.url).toBe(
      `${HOST}${PARENT}/publishers/google/models/gemini-2.5-flash:streamGenerateContent?alt=sse`,
    )
    expect(request.headers).toMatchObject({ authorization: `Bearer ${KEY}` })
    expect(request.body).toMatchObject({ contents: [{ role: 'user' }] })
  })

  test('Claude is named in the path with its date, and its version is in the body', async () => {
    const request = await build('vertex', GOOGLE, {
      requestMode: 'anthropic_messages_stream',
      model: 'claude-haiku-4-5@20251001',
    })
    expect(request.url).toBe(
      `${HOST}${PARENT}/publishers/anthropic/models/claude-haiku-4-5@20251001:streamRawPredict`,
    )
    expect(request.body).toEqual({
      anthropic_version: 'vertex-2023-10-16',
      max_tokens: 64,
      messages: [{ role: 'user', content: PROMPT }],
      temperature: 0.1,
      stream: true,
    })
  })

  test('open models are named in the body', async () => {
    const model = 'meta/llama-3.3-70b-instruct-maas'
    const request = await build('vertex', GOOGLE, { requestMode: 'chat_completions_stream', model })
    expect(request.url).toBe(`${HOST}${PARENT}/endpoints/openapi/chat/completions`)
    expect(request.body).toMatchObject({ model, max_tokens: 64, stream_options: { include_usage: true } })
  })

  test.each([
    ['global', 'aiplatform.googleapis.com'],
    ['us', 'aiplatform.us.rep.googleapis.com'],
    ['eu', 'aiplatform.eu.rep.googleapis.com'],
    ['us-east5', 'us-east5-aiplatform.googleapis.com'],
  ])('the location %s is at %s', async (location, host) => {
    const { url } = await build('vertex', { ...GOOGLE, GOOGLE_CLOUD_LOCATION: location })
    expect(url).toContain(`https://${host}/v1/projects/my-project/locations/${location}/`)
  })

  test('another endpoint carries no path', async () => {
    const { url } = await build('vertex', { ...GOOGLE, VERTEX_BASE_URL: 'http://127.0.0.1:9' })
    expect(url.startsWith(`http://127.0.0.1:9${PARENT}/`)).toBe(true)
  })

  test('a missing project or location is named', async () => {
    expect(await refusal('vertex', {})).toContain('GOOGLE_CLOUD_PROJECT')
    expect(await refusal('vertex', { GOOGLE_VERTEX_PROJECT: 'p' })).toContain('GOOGLE_CLOUD_LOCATION')
  })
})
