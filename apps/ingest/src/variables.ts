import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { ConfigFault } from './errors.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** A whole number between two others, as digits; undefined where nothing is said. */
export const wholeOrNone = (min: number, max: number) => {
  const shape = `must be a whole number from ${min} to ${max}`
  const digits = z.string().regex(/^[0-9]{1,9}$/, shape)
  return digits.transform(Number).pipe(z.int().min(min, shape).max(max, shape)).optional()
}

/** The same with a value for where nothing is said. */
export const whole = (fallback: number, min: number, max: number) => wholeOrNone(min, max).default(fallback)

/**
 * The variables of a schema, each from itself or from the file that its twin with `_FILE` names. Throws `ConfigFault`
 * naming the first that is wrong, never its value.
 */
export function parseVariables<Schema extends z.ZodObject>(
  schema: Schema,
  environment: Environment,
): z.output<Schema> {
  const given = Object.keys(schema.shape).map((name) => [name, readVariable(environment, name)] as const)
  const parsed = schema.safeParse(Object.fromEntries(given.filter(([, value]) => value !== undefined)))
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw new ConfigFault(`${String(issue?.path[0])} ${issue?.message}`)
}

/**
 * What a variable holds, or the file that its twin with `_FILE` names; undefined where neither says anything. `PORT=`
 * in a shell or a compose file means "not set".
 */
export function readVariable(environment: Environment, name: string): string | undefined {
  const value = environment[name] || undefined
  const file = environment[`${name}_FILE`] || undefined
  if (file === undefined) return value
  if (value !== undefined) throw new ConfigFault(`${name} and ${name}_FILE are both set: set only one`)
  const text = readTextFile(`${name}_FILE`, file).trim()
  if (text !== '') return text
  throw new ConfigFault(`${name}_FILE must name a file that is not empty`)
}

/** The text of a file that a variable names. Throws `ConfigFault` naming the variable. */
export function readTextFile(variable: string, path: string): string {
  try {
    // Without a byte order mark.
    return readFileSync(path, 'utf8').replace(/^\uFEFF/, '')
  } catch {
    throw new ConfigFault(`${variable} must name a file that can be read`)
  }
}
