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

/** The variables of a schema. Throws `ConfigFault` naming the first that is wrong, never its value. */
export function parseVariables<Schema extends z.ZodType>(
  schema: Schema,
  environment: Environment,
): z.output<Schema> {
  const parsed = schema.safeParse(withoutEmpty(environment))
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw new ConfigFault(`${String(issue?.path[0])} ${issue?.message}`)
}

/** `PORT=` in a shell or a compose file means "not set". */
const withoutEmpty = (environment: Environment): Environment =>
  Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''))
