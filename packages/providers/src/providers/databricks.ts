import { openaiChat } from '../dialects/openai-chat.ts'
import { ConfigurationError } from '../errors.ts'
import type { Environment } from '../provider.ts'
import { bearerAccess, checkBaseUrl, readSecret, readVariable } from '../vendor/access.ts'
import { httpVendor } from '../vendor/http-vendor.ts'

/** The model is the name of a serving endpoint; usage comes on every chunk without being asked for. */
export const databricks = httpVendor({
  slug: 'databricks',
  displayName: 'Databricks',
  dialects: [openaiChat({ cap: 'max_tokens', streamOptions: false })],
  access: (environment) =>
    bearerAccess(baseUrlOf(environment), readSecret(environment, ['DATABRICKS_TOKEN'])),
})

function baseUrlOf(environment: Environment): string {
  const url = readVariable(environment, ['DATABRICKS_BASE_URL'])
  if (url !== undefined) return checkBaseUrl('DATABRICKS_BASE_URL', url)
  const host = readVariable(environment, ['DATABRICKS_HOST'])
  if (host === undefined)
    throw new ConfigurationError('DATABRICKS_HOST is not set: it should name the workspace')
  const origin = host.includes('://') ? host : `https://${host}`
  return `${checkBaseUrl('DATABRICKS_HOST', origin)}/serving-endpoints`
}
