import { openaiChat } from '../dialects/openai-chat.ts'
import { openaiResponses } from '../dialects/openai-responses.ts'
import { ConfigurationError } from '../errors.ts'
import type { Environment } from '../provider.ts'
import { checkBaseUrl, readSecret, readVariable } from '../vendor/access.ts'
import { httpVendor } from '../vendor/http-vendor.ts'

/** Azure OpenAI's v1 API: the model is the name of a deployment, no api-version is needed. */
export const azure = httpVendor({
  slug: 'azure',
  displayName: 'Azure OpenAI',
  dialects: [openaiChat({ cap: 'max_completion_tokens', streamOptions: true }), openaiResponses],
  access: (environment) => {
    const key = readSecret(environment, ['AZURE_OPENAI_API_KEY', 'AZURE_API_KEY'])
    return { baseUrl: baseUrlOf(environment), secrets: [key], headers: { 'api-key': key } }
  },
})

/** `AZURE_BASE_URL` holds the path, `AZURE_OPENAI_ENDPOINT` is the resource's address alone. */
function baseUrlOf(environment: Environment): string {
  const url = readVariable(environment, ['AZURE_BASE_URL'])
  if (url !== undefined) return checkBaseUrl('AZURE_BASE_URL', url)
  const endpoint = readVariable(environment, ['AZURE_OPENAI_ENDPOINT'])
  if (endpoint === undefined) {
    throw new ConfigurationError(
      'AZURE_OPENAI_ENDPOINT is not set: it should look like https://resource.openai.azure.com',
    )
  }
  return `${checkBaseUrl('AZURE_OPENAI_ENDPOINT', endpoint)}/openai/v1`
}
