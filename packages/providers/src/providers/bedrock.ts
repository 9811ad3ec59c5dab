/**
 * Amazon Bedrock: the AWS SDK decides the endpoint, finds the credentials and signs; the signed request is then
 * written by the same transport as everybody else's, so that a Bedrock run is stamped by the same code. The SDK's
 * credential chain reads the process's own environment: which profile, role or key is used is its decision alone.
 */
import { readAsked } from '../asked.ts'
import { bedrockConverse, converseBody } from '../dialects/bedrock-converse.ts'
import { ConfigurationError } from '../errors.ts'
import type { Plan } from '../plan.ts'
import type { Access, Provider, WireRequest } from '../provider.ts'
import { checkBaseUrl, readVariable } from '../vendor/access.ts'
import { captureSigned } from '../vendor/aws-signing.ts'

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
  // Loaded here: other vendors' runs need not carry the SDK.
  const { BedrockRuntimeClient, ConverseStreamCommand } = await import('@aws-sdk/client-bedrock-runtime')
  const { url, headers, body } = await captureSigned((requestHandler) => {
    const client = new BedrockRuntimeClient({
      region: access.headers['x-region'] ?? '',
      endpoint: access.baseUrl,
      maxAttempts: 1,
      requestHandler,
    })
    return { client, send: () => client.send(new ConverseStreamCommand(input as never)) }
  })
  return {
    method: 'POST',
    url,
    headers,
    body: body as string | Uint8Array,
    asked: readAsked(plan, input),
  }
}
