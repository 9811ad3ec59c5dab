import { splitSecrets } from './secrets.ts'
import { readTextFile, type Environment } from './variables.ts'

/** Where a secret comes from: read once from the environment, or from a file that can be read again. */
export type SecretSource = { readonly read: () => string[] }

/** The secrets of a variable, or of the file that its twin with `_FILE` names. Throws `ConfigFault`. */
export function secretSource(environment: Environment, variable: string): SecretSource {
  const file = environment[`${variable}_FILE`]
  const source: SecretSource = file
    ? { read: () => splitSecrets(`${variable}_FILE`, readTextFile(`${variable}_FILE`, file)) }
    : { read: () => splitSecrets(variable, environment[variable] ?? '') }
  source.read()
  return source
}
