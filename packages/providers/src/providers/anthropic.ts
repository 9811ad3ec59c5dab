import { anthropicMessages } from '../dialects/anthropic-messages.ts'
import { readBaseUrl, readSecret, readVariable } from '../vendor/access.ts'
import { httpVendor } from '../vendor/http-vendor.ts'

export const anthropic = httpVendor({
  slug: 'anthropic',
  displayName: 'Anthropic',
  dialects: [anthropicMessages],
  access: (environment) => {
    const baseUrl = readBaseUrl(environment, ['ANTHROPIC_BASE_URL'], 'https://api.anthropic.com/v1')
    const version = { 'anthropic-version': '2023-06-01' }
    const token = readVariable(environment, ['ANTHROPIC_AUTH_TOKEN'])
    if (readVariable(environment, ['ANTHROPIC_API_KEY']) === undefined && token !== undefined) {
      return { baseUrl, secrets: [token], headers: { ...version, authorization: `Bearer ${token}` } }
    }
    const key = readSecret(environment, ['ANTHROPIC_API_KEY'])
    return { baseUrl, secrets: [key], headers: { ...version, 'x-api-key': key } }
  },
})
