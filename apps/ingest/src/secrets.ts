import { timingSafeEqual } from 'node:crypto'
import { ConfigFault } from './errors.ts'
import { sha256 } from './json/canonical.ts'

export const SCOPES = ['results:write', 'config:read'] as const
export type Scope = (typeof SCOPES)[number]

const MIN_LENGTH = 16
/** Longer than any header that is read. */
const MAX_LENGTH = 4096

/**
 * Several secrets in one text, separated by commas or lines, each once. Throws `ConfigFault` with the line and what is
 * wrong with it where something cannot be a secret as it stands there: comments, assignments and quotes are the
 * commonest, and as a key each would work for whoever guesses it.
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
  [/#/, 'a comment cannot stand here, and no secret holds #'],
  [/[^!-~]/, 'a secret is letters, digits and signs of ASCII without white space'],
  [/^["'`]|["'`]$/, 'quotes would be part of the secret: leave them out'],
  // Not the padding of base64.
  [/^[A-Za-z_][A-Za-z0-9_]*=(?!=?$)/, 'the secret alone stands here, without a name before it'],
]

function checkSecret(place: string, secret: string): string {
  const fault = FAULTS.find(([pattern]) => pattern.test(secret))
  if (fault !== undefined) throw new ConfigFault(`${place}: ${fault[1]}`)
  if (secret.length >= MIN_LENGTH && secret.length <= MAX_LENGTH) return secret
  throw new ConfigFault(`${place}: a secret has at least ${MIN_LENGTH} characters, and at most ${MAX_LENGTH}`)
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
