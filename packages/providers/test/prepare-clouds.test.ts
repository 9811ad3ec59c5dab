/** Credentials that Amazon's and Google's own libraries ask for, and what each failure of a token endpoint is. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { IdentityPoolClient } from 'google-auth-library'
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { prepareRequest } from '../src/prepare.ts'
import type { Access, Provider } from '../src/provider.ts'
import { makePlan } from './support/plans.ts'
import { providerOf } from './support/requests.ts'
import { answerWith, closeTokenEndpoints, tokenEndpoint } from './support/token-endpoint.ts'

const folder = mkdtempSync(join(tmpdir(), 'llmbench-tokens-'))
afterAll(() => rmSync(folder, { recursive: true }))
const tokenFile = join(folder, 'token')
writeFileSync(tokenFile, 'the-token-of-a-pod')

const NOBODY = 'http://nobody.invalid/token'
const breaksOff: RequestListener = (_request, response) => response.destroy()

describe('a role that is assumed with the token of a pod (AWS STS)', () => {
  const plan = makePlan({
    provider: 'bedrock',
    requestMode: 'bedrock_converse_stream',
    model: 'amazon.nova-pro-v1:0',
  })
  const xml = (status: number, body: string): RequestListener => answerWith(status, body, 'text/xml')
  const refusal = (status: number, code: string): RequestListener =>
    xml(
      status,
      `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>w</Message></Error></ErrorResponse>`,
    )
  const prepared = async (url: string, limitMs = 10_000) => {
    vi.stubEnv('AWS_ENDPOINT_URL_STS', url)
    const provider = providerOf('bedrock')
    return prepareRequest(plan, provider, await provider.access({ AWS_REGION: 'eu-west-1' }), { limitMs })
  }

  beforeEach(() => {
    const unset = [
      'AWS_ACCESS_KEY_ID',
      'AWS_SECRET_ACCESS_KEY',
      'AWS_SESSION_TOKEN',
      'AWS_PROFILE',
      'AWS_BEARER_TOKEN_BEDROCK',
    ]
    for (const name of unset) vi.stubEnv(name, undefined)
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true')
    vi.stubEnv('AWS_MAX_ATTEMPTS', '1')
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(folder, 'none'))
    vi.stubEnv('AWS_CONFIG_FILE', join(folder, 'none'))
    vi.stubEnv('AWS_WEB_IDENTITY_TOKEN_FILE', tokenFile)
    vi.stubEnv('AWS_ROLE_ARN', 'arn:aws:iam::123456789012:role/bench')
  })
  afterEach(() => {
    vi.unstubAllEnvs()
  })

  test('is asked for at STS, and then the request to Bedrock is what is signed with it', async () => {
    const asked: string[] = []
    const url = await tokenEndpoint((request, response) => {
      request.on('data', (bytes: Buffer) => asked.push(String(bytes)))
      request.on('end', () => {
        response.writeHead(200, { 'content-type': 'text/xml' })
        response.end(
          `<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>ASIAOFATEST</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>session-of-a-test</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`,
        )
      })
    })
    const result = await prepared(url)
    if ('failure' in result) throw new Error(result.failure.message)
    expect(asked.join('')).toContain('WebIdentityToken=the-token-of-a-pod')
    expect(result.request.url).toBe(
      'https://bedrock-runtime.eu-west-1.amazonaws.com/model/amazon.nova-pro-v1%3A0/converse-stream',
    )
    expect(result.request.headers['authorization']).toContain('Credential=ASIAOFATEST/')
    expect(result.request.headers['x-amz-security-token']).toBe('session-of-a-test')
    expect(result.secrets).toContain('session-of-a-test')
  })

  test.each<[string, RequestListener, string]>([
    ['403', refusal(403, 'AccessDenied'), 'auth'],
    ['400 of an expired token', refusal(400, 'ExpiredTokenException'), 'auth'],
    ['400 of a token of nobody', refusal(400, 'InvalidIdentityToken'), 'auth'],
    ['400 of too many', refusal(400, 'Throttling'), 'rate_limit'],
    ['400 of another kind', refusal(400, 'MalformedPolicyDocument'), 'unknown'],
    ['503', refusal(503, 'ServiceUnavailable'), 'network'],
    ['a broken connection', breaksOff, 'network'],
  ])('%s', async (_title, answer, kind) => {
    expect(await prepared(await tokenEndpoint(answer))).toMatchObject({ failure: { kind, phase: 'connect' } })
  })

  test('silence ends at the deadline, which is named', async () => {
    expect(await prepared(await tokenEndpoint(() => undefined), 200)).toMatchObject({
      failure: { kind: 'timeout', message: /prepare deadline of 0\.2 s passed/ },
    })
  })

  test('a refused connection and a name that does not resolve are the network’s', async () => {
    const gone = await tokenEndpoint(() => undefined)
    closeTokenEndpoints()
    expect(await prepared(gone)).toMatchObject({ failure: { kind: 'network', name: 'ECONNREFUSED' } })
    expect(await prepared(NOBODY)).toMatchObject({ failure: { kind: 'network', message: /nobody\.invalid/ } })
  })

  test('a token file that is not there is named, and stops nobody else', async () => {
    vi.stubEnv('AWS_WEB_IDENTITY_TOKEN_FILE', join(folder, 'missing'))
    expect(await prepared(NOBODY)).toMatchObject({ failure: { kind: 'unknown', message: /missing/ } })
  })
})

describe('an account of another cloud (Google STS)', () => {
  const ACCESS: Access = { baseUrl: 'http://127.0.0.1:9', secrets: [], headers: {} }
  const vendor = (url: string): Provider => ({
    ...providerOf('vertex'),
    request: async () => {
      const client = new IdentityPoolClient({
        type: 'external_account',
        audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q',
        subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
        token_url: url,
        credential_source: { file: tokenFile },
      })
      await client.getAccessToken()
      throw new Error('not reached')
    },
  })
  const kindOf = async (url: string, limitMs = 10_000) => {
    const prepared = await prepareRequest(makePlan(), vendor(url), ACCESS, { limitMs })
    return 'failure' in prepared ? prepared.failure.kind : null
  }

  test('a 401, a bad grant, a 403, silence, a broken and a refused connection, a name of nobody', async () => {
    const [refused, badGrant, forbidden, otherGrant, silent, broken] = await Promise.all(
      [
        answerWith(401, '{"error":"invalid_client"}'),
        answerWith(400, '{"error":"invalid_grant","error_description":"w"}'),
        answerWith(403, '{}'),
        answerWith(400, '{"error":"invalid_scope"}'),
        () => undefined,
        breaksOff,
      ].map(tokenEndpoint),
    )
    const kinds = await Promise.all([
      kindOf(refused!),
      kindOf(badGrant!),
      kindOf(forbidden!),
      kindOf(otherGrant!),
      kindOf(silent!, 300),
      kindOf(broken!),
      kindOf('http://127.0.0.1:9/token'),
      kindOf(NOBODY),
    ])
    expect(kinds).toEqual(['auth', 'auth', 'auth', 'unknown', 'timeout', 'network', 'network', 'network'])
  })
})
