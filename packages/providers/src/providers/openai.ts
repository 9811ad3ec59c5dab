import { openaiChat } from '../dialects/openai-chat.ts'
import { openaiCompletions } from '../dialects/openai-completions.ts'
import { openaiResponses } from '../dialects/openai-responses.ts'
import type { Environment } from '../provider.ts'
import { readVariable } from '../vendor/access.ts'
import { bearerVendorAccess, httpVendor } from '../vendor/http-vendor.ts'

const bearer = bearerVendorAccess({
  baseUrlVariables: ['OPENAI_BASE_URL'],
  baseUrl: 'https://api.openai.com/v1',
  keyVariables: ['OPENAI_API_KEY'],
})

export const openai = httpVendor({
  slug: 'openai',
  displayName: 'OpenAI',
  dialects: [
    openaiResponses,
    // Reasoning models refuse max_tokens; every chat model takes the newer name.
    openaiChat({ cap: 'max_completion_tokens', streamOptions: true }),
    openaiCompletions,
  ],
  access: async (environment) => {
    const access = await bearer(environment)
    return { ...access, headers: { ...access.headers, ...accountHeaders(environment) } }
  },
})

function accountHeaders(environment: Environment): Record<string, string> {
  const organization = readVariable(environment, ['OPENAI_ORG_ID'])
  const project = readVariable(environment, ['OPENAI_PROJECT_ID'])
  return {
    ...(organization === undefined ? {} : { 'openai-organization': organization }),
    ...(project === undefined ? {} : { 'openai-project': project }),
  }
}
