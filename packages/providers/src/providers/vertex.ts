/** Google Vertex AI: Gemini, Claude and open models, each at a path of its own below one project and location. */
import { anthropicMessages } from '../dialects/anthropic-messages.ts'
import type { Dialect } from '../dialects/dialect.ts'
import { gemini } from '../dialects/gemini.ts'
import { openaiChat } from '../dialects/openai-chat.ts'
import { ConfigurationError } from '../errors.ts'
import type { Plan } from '../plan.ts'
import type { Environment } from '../provider.ts'
import { bearerAccess, readBaseUrl, readVariable } from '../vendor/access.ts'
import { httpVendor } from '../vendor/http-vendor.ts'

const SCOPE = 'https://www.googleapis.com/auth/cloud-platform'

export const vertex = httpVendor({
  slug: 'vertex',
  displayName: 'Google Vertex AI',
  dialects: [gemini, anthropicMessages, openaiChat()],
  access: async (environment) => {
    const project = required(environment, ['GOOGLE_CLOUD_PROJECT', 'GOOGLE_VERTEX_PROJECT'])
    const location = required(environment, ['GOOGLE_CLOUD_LOCATION', 'GOOGLE_VERTEX_LOCATION'])
    const host = readBaseUrl(environment, ['VERTEX_BASE_URL'], `https://${hostOf(location)}`)
    const baseUrl = `${host}/v1/projects/${encodeURIComponent(project)}/locations/${encodeURIComponent(location)}`
    return bearerAccess(baseUrl, await accessToken(environment))
  },
  path: pathOf,
  body: bodyOf,
})

function required(environment: Environment, names: readonly string[]): string {
  const value = readVariable(environment, names)
  if (value === undefined)
    throw new ConfigurationError(
      `${names[0]} is not set: it should name the Google Cloud ${names[0]?.split('_').at(-1)?.toLowerCase()}`,
    )
  return value
}

function hostOf(location: string): string {
  if (location === 'global') return 'aiplatform.googleapis.com'
  if (location === 'us' || location === 'eu') return `aiplatform.${location}.rep.googleapis.com`
  return `${location}-aiplatform.googleapis.com`
}

/** A token that is given, or one from the application default credentials. */
async function accessToken(environment: Environment): Promise<string> {
  const given = readVariable(environment, ['VERTEX_ACCESS_TOKEN'])
  if (given !== undefined) return given
  const token = await (await defaultCredentials()).getAccessToken()
  if (typeof token === 'string' && token !== '') return token
  throw new ConfigurationError(
    'VERTEX_ACCESS_TOKEN is not set and the application default credentials gave no token',
  )
}

/** One for the process: it keeps its token and refreshes it before it expires, where a new one asks for one each time. */
const defaultCredentials = once(async () => {
  const { GoogleAuth } = await import('google-auth-library')
  return new GoogleAuth({ scopes: [SCOPE] })
})

function once<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined
  return () => (made ??= make())
}

function pathOf(plan: Plan, dialect: Dialect): string {
  const model = encodeURIComponent(plan.model).replaceAll('%40', '@')
  if (dialect.mode === 'messages') return `/publishers/anthropic/models/${model}:streamRawPredict`
  if (dialect.mode === 'chat') return '/endpoints/openapi/chat/completions'
  return `/publishers/google/models/${model}:streamGenerateContent?alt=sse`
}

/** Claude on Vertex is named in the URL and its API version in the body. */
function bodyOf(plan: Plan, dialect: Dialect): Record<string, unknown> {
  const body = dialect.body(plan)
  if (dialect.mode !== 'messages') return body
  const { model: _inTheUrl, ...rest } = body
  return { anthropic_version: 'vertex-2023-10-16', ...rest }
}
