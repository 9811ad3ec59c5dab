/**
 * Values that a database holds and JSON does not: `mongosh` writes them where somebody types `NumberLong("…")` or
 * divides by nothing. Told apart by the mark that the driver's types carry, so that no driver is needed to look.
 */

/** The first such value within another, in a sentence that begins with its path; null where there is none. */
export function oddValue(value: unknown, path: string): string | null {
  if (typeof value === 'number' && !Number.isFinite(value)) return `${path} is no number`
  if (typeof value !== 'object' || value === null || value instanceof Date) return null
  const type = typeOf(value)
  if (type === 'Long') return `${path} is a number beyond 2^53, which JSON does not carry exactly`
  if (type !== null) return `${path} is a ${type}, which JSON does not carry`
  for (const [key, inner] of Object.entries(value)) {
    const odd = oddValue(inner, `${path}.${key}`)
    if (odd !== null) return odd
  }
  return null
}

/** For `JSON.stringify`: such a number as its digits in a text, and not as its halves. */
export const digitsOfLong = (_key: string, value: unknown): unknown =>
  isLong(value) ? value.toString() : value

const isLong = (value: unknown): value is { readonly toString: () => string } =>
  typeof value === 'object' && value !== null && typeOf(value) === 'Long'

function typeOf(value: object): string | null {
  const type: unknown = Reflect.get(value, '_bsontype')
  return typeof type === 'string' ? type : null
}
