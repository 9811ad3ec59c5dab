/** Endpoints and keys from an environment, with errors that name the variable and never its value. */
import { mayBePlainHttp } from '../addresses.ts'
import type { PlainHttp } from '../addresses.ts'
import { ConfigurationError } from '../errors.ts'
import type { Access, Environment } from '../provider.ts'

/** The first variable of the list that is set, or undefined. Surrounding white space is not part of a value. */
export function readVariable(environment: Environment, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = environment[name]?.trim()
    if (value !== undefined && value !== '') return value
  }
  return undefined
}

/** A secret from the first variable that is set. Throws when none is. */
export function readSecret(environment: Environment, names: readonly string[]): string {
  const value = readVariable(environment, names)
  if (value === undefined)
    throw new ConfigurationError(`${names.join(' or ')} is not set: it should hold the API key`)
  if (!/^[\x21-\x7e]+$/.test(value)) {
    throw new ConfigurationError(
      `${names[0]} holds characters that no key has, such as spaces or line breaks`,
    )
  }
  return value
}

/** What a vendor's variables begin with: `TOGETHER_AI_` of `together-ai`. */
export function variablePrefix(slug: string): string {
  return `${slug.toUpperCase().replaceAll('-', '_')}_`
}

/** A base URL without a trailing slash, from the first variable that is set. Throws as `checkBaseUrl`. */
export function readBaseUrl(
  environment: Environment,
  names: readonly string[],
  fallback: string | undefined,
  plainHttp: PlainHttp = 'loopback',
): string {
  const value = readVariable(environment, names) ?? fallback
  if (value === undefined)
    throw new ConfigurationError(`${names.join(' or ')} is not set: it should be the base URL`)
  return checkBaseUrl(names[0] ?? 'base URL', value, plainHttp)
}

/** The URL without a trailing slash. Throws where it is none, holds credentials, or may not be plain http and is. */
export function checkBaseUrl(name: string, value: string, plainHttp: PlainHttp = 'loopback'): string {
  if (!URL.canParse(value))
    throw new ConfigurationError(`${name} is no URL: it should look like https://host/path`)
  const url = new URL(value)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new ConfigurationError(`${name} should begin with https:// (or http:// for a loopback address)`)
  }
  if (url.protocol === 'http:' && !mayBePlainHttp(url.hostname, plainHttp)) {
    const rule =
      plainHttp === 'private'
        ? 'only loopback and private addresses may be reached without TLS'
        : 'only loopback may be reached without TLS, by self-hosted vendors private addresses too'
    throw new ConfigurationError(`${name} is plain http to ${url.hostname}: ${rule}`)
  }
  if (url.username !== '' || url.password !== '') {
    throw new ConfigurationError(
      `${name} holds a user name or password: credentials belong in their own variables`,
    )
  }
  return value.replace(/\/+$/, '')
}

/** An access whose key is sent as a bearer token. */
export function bearerAccess(baseUrl: string, key: string | undefined): Access {
  return key === undefined
    ? { baseUrl, secrets: [], headers: {} }
    : { baseUrl, secrets: [key], headers: { authorization: `Bearer ${key}` } }
}
