import { timingSafeEqual } from 'node:crypto'
import { ConfigFault } from './errors.ts'
import { sha256 } from './json/canonical.ts'

export const SCOPES = ['results:write', 'config:read'] as const
export type Scope = (typeof SCOPES)[number]

const MIN_LENGTH = 16
/** Longer keys are never accepted in a request. */
const MAX_LENGTH = 4096

/**
 * The secrets in a text, separated by commas or lines, without duplicates. Throws `ConfigFault` naming the line where
 * one is not a plain secret: a comment, an assignment or quotes would otherwise work as a key.
 */
export function splitSecrets(variable: string, text: string): string[] {
  const secrets = text.split(/\r\n|[\r\n]/).flatMap((line, index) =>
    line
      .split(',')
      .map((secret) => secret.trim())
      .filter((secret) => secret !== '')
      .map((secret) => checkSecret(`${variable}, line ${index + 1}`, secret)),
  )
  if (secrets.length > 0) return [...new Set(secrets)]
  throw new ConfigFault(
    `${variable} must hold one or more secrets of at least ${MIN_LENGTH} characters, separated by commas`,
  )
}

const FAULTS: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/#/, 'a secret must not contain #, and comments are not supported'],
  [/[^!-~]/, 'a secret must be printable ASCII without white space'],
  [/^["'`]|["'`]$/, 'remove the quotes: they would be part of the secret'],
  // Not the padding of base64.
  [/^[A-Za-z_][A-Za-z0-9_]*=(?!=?$)/, 'write the secret alone, without NAME= before it'],
]

function checkSecret(place: string, secret: string): string {
  const fault = FAULTS.find(([pattern]) => pattern.test(secret))
  if (fault !== undefined) throw new ConfigFault(`${place}: ${fault[1]}`)
  if (secret.length >= MIN_LENGTH && secret.length <= MAX_LENGTH) return secret
  throw new ConfigFault(`${place}: a secret must have ${MIN_LENGTH} to ${MAX_LENGTH} characters`)
}

/** The secrets of the configuration, kept as digests only; replaced as a whole when a file is read again. */
export type SecretSet = {
  readonly replace: (scope: Scope, secrets: readonly string[]) => void
  readonly scopesOf: (digest: string) => Scope[]
}

export function createSecretSet(initial: Readonly<Record<Scope, readonly string[]>>): SecretSet {
  const digest = (secrets: readonly string[]): Buffer[] =>
    secrets.map((secret) => Buffer.from(sha256(secret), 'hex'))
  const known = new Map<Scope, Buffer[]>(SCOPES.map((scope) => [scope, digest(initial[scope])]))
  return {
    replace: (scope, secrets) => void known.set(scope, digest(secrets)),
    scopesOf: (presented) => {
      const bytes = Buffer.from(presented, 'hex')
      // Every digest is compared, match or not, so the time tells nothing.
      return SCOPES.filter(
        (scope) => (known.get(scope) ?? []).filter((one) => timingSafeEqual(one, bytes)).length > 0,
      )
    },
  }
}
