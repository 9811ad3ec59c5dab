/**
 * Amazon Bedrock: the AWS SDK decides the endpoint, finds the credentials and signs; the signed request is then
 * written by the same transport as everybody else's, so that a Bedrock run is stamped by the same code. The SDK's
 * credential chain reads the process's own environment: which profile, role or key is used is its decision alone.
 */
import type { HttpRequest } from '@smithy/types'
import { bedrockConverse, converseBody } from '../dialects/bedrock-converse.ts'
import { ConfigurationError } from '../errors.ts'
import type { Plan } from '../plan.ts'
import type { Access, Provider, WireRequest } from '../provider.ts'
import { checkBaseUrl, readVariable } from '../vendor/access.ts'
import { temperatureOf } from '../vendor/http-vendor.ts'

const SECRET_VARIABLES = ['AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_BEARER_TOKEN_BEDROCK']

export const bedrock: Provider = {
  slug: 'bedrock',
  displayName: 'Amazon Bedrock',
  dialects: [bedrockConverse],
  access: (environment) => {
    const endpoint = readVariable(environment, ['AWS_ENDPOINT_URL_BEDROCK_RUNTIME'])
    const region = readVariable(environment, ['AWS_REGION', 'AWS_DEFAULT_REGION'])
    if (region === undefined)
      throw new ConfigurationError('AWS_REGION is not set: it should name the region, such as us-east-1')
    const secrets = SECRET_VARIABLES.flatMap((name) => readVariable(environment, [name]) ?? [])
    const baseUrl =
      endpoint === undefined
        ? `https://bedrock-runtime.${region}.amazonaws.com`
        : checkBaseUrl('AWS_ENDPOINT_URL_BEDROCK_RUNTIME', endpoint)
    return { baseUrl, secrets, headers: { 'x-region': region } }
  },
  request: signedRequest,
}

async function signedRequest(plan: Plan, access: Access): Promise<WireRequest> {
  const input = converseBody(plan)
  const signed = await sign(input, access)
  const { protocol, hostname, port, path, query, headers, body } = signed
  const search = new URLSearchParams(query as Record<string, string>).toString()
  return {
    method: 'POST',
    url: `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}${search === '' ? '' : `?${search}`}`,
    headers: withoutHost(headers),
    body: body as string | Uint8Array,
    temperature: temperatureOf(input),
  }
}

/** Thrown by our request handler so that the SDK stops once the request is signed. */
class SignedRequest extends Error {
  override readonly name = 'SignedRequest'
  readonly request: HttpRequest
  constructor(request: HttpRequest) {
    super('The request is signed')
    this.request = request
  }
}

async function sign(input: Record<string, unknown>, access: Access): Promise<HttpRequest> {
  // Loaded here: other vendors' runs need not carry the SDK.
  const { BedrockRuntimeClient, ConverseStreamCommand } = await import('@aws-sdk/client-bedrock-runtime')
  const client = new BedrockRuntimeClient({
    region: access.headers['x-region'] ?? '',
    endpoint: access.baseUrl,
    maxAttempts: 1,
    requestHandler: {
      handle: (request: HttpRequest) => Promise.reject(new SignedRequest(request)),
    },
  })
  try {
    await client.send(new ConverseStreamCommand(input as never))
  } catch (error) {
    if (error instanceof SignedRequest) return error.request
    throw error
  } finally {
    client.destroy()
  }
  throw new Error('The AWS SDK sent a request that it did not hand over')
}

/** The transport writes `host` itself, from the URL that was signed. */
function withoutHost(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'host'))
}
