/** A vendor that speaks OpenAI chat behind a bearer key: most of them, about ten lines each. */
import { openaiChat } from '../dialects/openai-chat.ts'
import type { ChatOptions } from '../dialects/openai-chat.ts'
import type { Provider } from '../provider.ts'
import { variablePrefix } from './access.ts'
import { bearerVendorAccess, httpVendor } from './http-vendor.ts'

export type ChatVendor = {
  readonly slug: string
  readonly displayName: string
  /** Absent for servers that everybody runs at an address of their own: then `<SLUG>_BASE_URL` must be set. */
  readonly baseUrl?: string
  /** Default `<SLUG>_API_KEY`; a self-hosted server needs none. */
  readonly keyVariables?: readonly string[]
  /** Its users run it themselves, each at places of their own, which may be plain http inside their network. */
  readonly selfHosted?: boolean
  readonly chat?: Partial<ChatOptions>
}

/** The provider of such a vendor. */
export function chatVendor({
  slug,
  displayName,
  baseUrl,
  keyVariables,
  selfHosted,
  chat,
}: ChatVendor): Provider {
  const prefix = variablePrefix(slug)
  return httpVendor({
    slug,
    displayName,
    dialects: [openaiChat({ cap: 'max_tokens', streamOptions: true, ...chat })],
    ...(selfHosted === true ? { baseUrlVariable: `${prefix}BASE_URL` } : {}),
    access: bearerVendorAccess({
      baseUrlVariables: [`${prefix}BASE_URL`],
      ...(baseUrl === undefined ? {} : { baseUrl }),
      keyVariables: keyVariables ?? [`${prefix}API_KEY`],
      keyOptional: selfHosted === true,
      plainHttp: selfHosted === true ? 'private' : 'loopback',
    }),
  })
}
