/**
 * Tolerant readers of JSON that somebody else wrote: a field of an unexpected type reads as absent and never throws,
 * so that one odd field does not cost the chunk it stands in.
 */
export type JsonRecord = Readonly<Record<string, unknown>>

/** The value as an object, or an empty one. */
export function asRecord(value: unknown): JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonRecord) : {}
}

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The value as an array, or an empty one. */
export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** A non-empty string, or null. */
export function asText(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

/** A non-negative safe integer, or null. */
export function asCount(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null
}

/** A finite number, or null. */
function asNumber(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

/** The first that is known, or null. */
export function firstKnown<Value>(values: readonly (Value | null)[]): Value | null {
  return values.find((value) => value !== null) ?? null
}

/** The parsed text, or undefined when it is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/**
 * The finite numbers of an object under snake_case keys: `engineTtftMs` becomes `engine_ttft_ms`. Fireworks writes
 * `server-processing-time`, and some of its numbers as strings.
 */
export function numericFacts(value: unknown): Record<string, number> {
  const facts: Record<string, number> = {}
  for (const [key, entry] of Object.entries(asRecord(value)).slice(0, 32)) {
    const name = key
      .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
      .replaceAll('-', '_')
      .toLowerCase()
    const number = asNumber(typeof entry === 'string' && /^\d+(\.\d+)?$/.test(entry) ? Number(entry) : entry)
    if (number !== null && /^[a-z][a-z0-9_]{0,63}$/.test(name)) facts[name] = number
  }
  return facts
}
