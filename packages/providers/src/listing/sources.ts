/** Where vendors keep their lists: a URL below an access, or an operation that the AWS SDK signs. */
import type { Access } from '../provider.ts'
import { captureSigned } from '../vendor/aws-signing.ts'
import type { ListingDialect, PageQuery } from './dialects.ts'

export type PageRequest = { readonly url: string; readonly headers: Readonly<Record<string, string>> }

export type ListingSource = {
  readonly dialect: ListingDialect
  /** Builds (and, for AWS, signs) the request of a page. Keys go into headers, never into the URL. */
  readonly request: (access: Access, query: PageQuery) => PageRequest | Promise<PageRequest>
}

/** A list at a path below the base URL, of which `strip` is taken away first. */
export function httpSource(dialect: ListingDialect, path: string, strip?: RegExp): ListingSource {
  return {
    dialect,
    request: (access, query) => {
      const base = strip === undefined ? access.baseUrl : access.baseUrl.replace(strip, '')
      const search = new URLSearchParams(query).toString()
      return {
        url: `${base}${path}${search === '' ? '' : `?${search}`}`,
        headers: { accept: 'application/json', ...access.headers },
      }
    },
  }
}

/** A list of Bedrock's control plane. An empty base URL leaves the endpoint to the SDK. */
export function bedrockSource(
  dialect: ListingDialect,
  operation: 'ListFoundationModels' | 'ListInferenceProfiles',
): ListingSource {
  return {
    dialect,
    request: async (access, query) => {
      const { BedrockClient, ListFoundationModelsCommand, ListInferenceProfilesCommand } =
        await import('@aws-sdk/client-bedrock')
      const { maxResults, ...input } = query
      const numbers = maxResults === undefined ? {} : { maxResults: Number(maxResults) }
      const { url, headers } = await captureSigned((requestHandler) => {
        const client = new BedrockClient({
          region: access.headers['x-region'] ?? '',
          ...(access.baseUrl === '' ? {} : { endpoint: access.baseUrl }),
          maxAttempts: 1,
          requestHandler,
        })
        const send = (): Promise<unknown> =>
          operation === 'ListFoundationModels'
            ? client.send(new ListFoundationModelsCommand({}))
            : client.send(new ListInferenceProfilesCommand({ ...input, ...numbers }))
        return { client, send }
      })
      return { url, headers }
    },
  }
}
