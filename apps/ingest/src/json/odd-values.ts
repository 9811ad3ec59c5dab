/**
 * Values that MongoDB holds and JSON cannot, such as `NumberLong("9007199254740993")` typed into mongosh. The driver's
 * types are recognised by their `_bsontype`, so that this file does not depend on the driver.
 */

/** A sentence about the first such value inside `value`, beginning with its path; null where there is none. */
export function oddValue(value: unknown, path: string): string | null {
  if (typeof value === 'number' && !Number.isFinite(value)) return `${path} is not a finite number`
  if (typeof value !== 'object' || value === null || value instanceof Date) return null
  const type = typeOf(value)
  if (type === 'Long') return `${path} is a number beyond 2^53, which JSON cannot hold exactly`
  if (type !== null) return `${path} is a ${type}, which JSON cannot hold`
  for (const [key, inner] of Object.entries(value)) {
    const odd = oddValue(inner, `${path}.${key}`)
    if (odd !== null) return odd
  }
  return null
}

/** A replacer for `JSON.stringify` that writes a Long beyond 2^53 as a string of its digits. */
export const digitsOfLong = (_key: string, value: unknown): unknown =>
  isLong(value) ? value.toString() : value

const isLong = (value: unknown): value is { readonly toString: () => string } =>
  typeof value === 'object' && value !== null && typeOf(value) === 'Long'

function typeOf(value: object): string | null {
  const type: unknown = Reflect.get(value, '_bsontype')
  return typeof type === 'string' ? type : null
}
