/**
 * Where a self-hosted model is reached. The catalogue may name a place, since several servers of one kind have models
 * of their own, but a key goes only where this runner's own configuration lets it: nobody who writes to the catalogue
 * can have it sent elsewhere.
 */
import { ConfigurationError } from '@llmbench/providers'
import type { Environment, Provider } from '@llmbench/providers'

/** `url` null: where the provider stands by itself. */
export type Place = { readonly url: string | null } | { readonly refused: string }

/** The place that a model's metadata names, or why it is not used. */
export function placeOf(
  { slug, baseUrlVariable }: Pick<Provider, 'slug' | 'baseUrlVariable'>,
  baseUrl: unknown,
  allowed: readonly string[],
): Place {
  if (baseUrl === undefined || baseUrl === null) return { url: null }
  if (baseUrlVariable === undefined)
    return { refused: `Its metadata names a base URL, and ${slug} is no self-hosted vendor` }
  const url = typeof baseUrl === 'string' ? plainUrl(baseUrl) : null
  if (url === null)
    return { refused: 'Its metadata names a base URL that is none: it should look like https://host/v1' }
  if (allowed.some((each) => covers(plainUrl(each), url))) return { url }
  return { refused: `Its metadata names the base URL ${url}, which is not among ALLOWED_BASE_URLS` }
}

/** An environment in which the provider stands there. Throws ConfigurationError for a refused place. */
export function environmentAt(
  environment: Environment,
  { baseUrlVariable }: Pick<Provider, 'baseUrlVariable'>,
  place: Place,
): Environment {
  if ('refused' in place) throw new ConfigurationError(place.refused)
  if (place.url === null || baseUrlVariable === undefined) return environment
  return { ...environment, [baseUrlVariable]: place.url }
}

/** As it is used and compared: origin and path as parsed, nothing else. Null where there is more to it. */
function plainUrl(text: string): string | null {
  if (!URL.canParse(text)) return null
  const { protocol, origin, pathname, username, password, search, hash } = new URL(text)
  if (protocol !== 'https:' && protocol !== 'http:') return null
  if (username !== '' || password !== '' || search !== '' || hash !== '') return null
  return origin + pathname.replace(/\/+$/, '')
}

/** The place itself and whatever lies below it. */
const covers = (allowed: string | null, url: string): boolean =>
  allowed !== null && (url === allowed || url.startsWith(`${allowed}/`))
