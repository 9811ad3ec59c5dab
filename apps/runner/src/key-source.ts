/** Where the keys come from that the ingest is asked with; a fault names the variable, never its value. */
import { readFileSync } from 'node:fs'
import { ConfigurationError } from '@llmbench/providers'
import type { Environment } from '@llmbench/providers'

/** Keys from a variable, or from a file that can be read again; the first is tried first. */
export type KeySource = { readonly variable: string; readonly read: () => readonly string[] }

/** Keys as an environment says, read once so that a fault is told at the start. Throws ConfigurationError. */
export function readKeys(environment: Environment, variable: string): KeySource {
  const file = environment[`${variable}_FILE`]
  const source: KeySource =
    file === undefined || file === ''
      ? { variable, read: () => splitKeys(variable, environment[variable] ?? '') }
      : {
          variable: `${variable}_FILE`,
          read: () => splitKeys(`${variable}_FILE`, readKeyFile(variable, file)),
        }
  source.read()
  return source
}

function splitKeys(variable: string, text: string): string[] {
  const keys = text
    .split(',')
    .map((key) => key.trim())
    .filter((key) => key !== '')
  if (keys.length === 0) {
    throw new ConfigurationError(
      `${variable} is not set: it should hold one or several keys, separated by commas`,
    )
  }
  if (keys.some((key) => !/^[\x21-\x7e]+$/.test(key))) {
    throw new ConfigurationError(
      `${variable} holds characters that no key has, such as spaces or line breaks`,
    )
  }
  return keys
}

function readKeyFile(variable: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    throw new ConfigurationError(`${variable}_FILE should name a file that can be read`)
  }
}
