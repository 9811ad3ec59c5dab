import { timingSafeEqual } from 'node:crypto'
import { sha256 } from './json/canonical.ts'

export const SCOPES = ['results:write', 'config:read'] as const
export type Scope = (typeof SCOPES)[number]

const MIN_LENGTH = 16

/** Several secrets in one text, separated by commas or lines; null when there is none or one is too short. */
export function splitSecrets(text: string): string[] | null {
  const secrets = text
    .split(/[,\n]/)
    .map((secret) => secret.trim())
    .filter((secret) => secret !== '')
  return secrets.length > 0 && secrets.every((secret) => secret.length >= MIN_LENGTH) ? secrets : null
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
