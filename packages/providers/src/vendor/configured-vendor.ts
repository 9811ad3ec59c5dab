/** A vendor that is data alone: one that its operator describes, so that a new host needs no release. */
import { anthropicMessages } from '../dialects/anthropic-messages.ts'
import type { Dialect } from '../dialects/dialect.ts'
import { gemini } from '../dialects/gemini.ts'
import { openaiChat } from '../dialects/openai-chat.ts'
import type { ChatOptions } from '../dialects/openai-chat.ts'
import { openaiCompletions } from '../dialects/openai-completions.ts'
import { openaiResponses } from '../dialects/openai-responses.ts'
import type { Access, Environment, Provider } from '../provider.ts'
import { bearerAccess, readBaseUrl, readSecret, readVariable, variablePrefix } from './access.ts'
import { httpVendor } from './http-vendor.ts'

/** The wire formats that need nothing but a base URL and a key. */
export const CONFIGURED_DIALECTS = [
  'chat',
  'completions',
  'responses',
  'messages',
  'generate_content',
] as const

export type VendorEntry = {
  readonly slug: string
  readonly displayName: string
  readonly baseUrl: string
  readonly keyVariable: string
  readonly dialect: (typeof CONFIGURED_DIALECTS)[number]
  /** Of chat alone. */
  readonly chat: Pick<ChatOptions, 'cap' | 'streamOptions'>
  /** Sent with every request; the key has its own. */
  readonly headers: Readonly<Record<string, string>>
  /** Its operator runs it: the key is optional and the base URL may be plain http in a private network. */
  readonly selfHosted: boolean
  readonly listsModels: boolean
}

/** The provider of an entry, which was checked where it was read. */
export function configuredVendor(entry: VendorEntry): Provider {
  const { slug, displayName, selfHosted, listsModels } = entry
  return httpVendor({
    slug,
    displayName,
    listsModels,
    dialects: [dialectOf(entry)],
    ...(selfHosted ? { baseUrlVariable: baseUrlVariable(slug) } : {}),
    access: (environment) => accessOf(entry, environment),
  })
}

function dialectOf({ dialect, chat }: VendorEntry): Dialect {
  switch (dialect) {
    case 'chat':
      return openaiChat(chat)
    case 'completions':
      return openaiCompletions
    case 'responses':
      return openaiResponses
    case 'messages':
      return anthropicMessages
    case 'generate_content':
      return gemini
  }
}

function accessOf(entry: VendorEntry, environment: Environment): Access {
  const { slug, selfHosted, keyVariable, headers } = entry
  const plainHttp = selfHosted ? 'private' : 'loopback'
  const baseUrl = readBaseUrl(environment, [baseUrlVariable(slug)], entry.baseUrl, plainHttp)
  const isKeyless = selfHosted && readVariable(environment, [keyVariable]) === undefined
  const access = withKey(entry, baseUrl, isKeyless ? undefined : readSecret(environment, [keyVariable]))
  return { ...access, headers: { ...headers, ...access.headers } }
}

/** The key where the wire format has it: in a header of its own, or as a bearer token. */
function withKey({ dialect }: VendorEntry, baseUrl: string, key: string | undefined): Access {
  const secrets = key === undefined ? [] : [key]
  if (dialect === 'messages') {
    const version = { 'anthropic-version': '2023-06-01' }
    return { baseUrl, secrets, headers: key === undefined ? version : { ...version, 'x-api-key': key } }
  }
  if (dialect === 'generate_content' && key !== undefined)
    return { baseUrl, secrets, headers: { 'x-goog-api-key': key } }
  return bearerAccess(baseUrl, key)
}

function baseUrlVariable(slug: string): string {
  return `${variablePrefix(slug)}BASE_URL`
}
