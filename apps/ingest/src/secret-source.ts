import { readFileSync } from 'node:fs'
import { ConfigFault } from './errors.ts'
import { splitSecrets } from './secrets.ts'
import type { Environment } from './variables.ts'

/** Where a secret comes from: read once from the environment, or from a file that can be read again. */
export type SecretSource = { readonly read: () => string[] }

/** The secrets of a variable, or of the file that its twin with `_FILE` names. Throws `ConfigFault`. */
export function secretSource(environment: Environment, variable: string): SecretSource {
  const file = environment[`${variable}_FILE`]
  const source: SecretSource = file
    ? { read: () => secretsOf(`${variable}_FILE`, readSecretFile(variable, file)) }
    : { read: () => secretsOf(variable, environment[variable] ?? '') }
  source.read()
  return source
}

function secretsOf(variable: string, text: string): string[] {
  const secrets = splitSecrets(text)
  if (secrets) return secrets
  throw new ConfigFault(
    `${variable} must hold one or more secrets of at least 16 characters, separated by commas`,
  )
}

function readSecretFile(variable: string, file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    throw new ConfigFault(`${variable}_FILE must name a file that can be read`)
  }
}
