import type { ScanFault } from '../json/scan.ts'
import type { StoredDocument, StoredValue } from '../store/store.ts'

const SAFE_KEY = /^[a-z][a-z0-9_]{0,63}$/
const MAX_EXTRAS = 40
const MAX_TEXT = 500
const MAX_NESTED_DEPTH = 4
const MAX_NESTED_BYTES = 16 * 1024
const MAX_NAMES = 100
const MAX_NAME_LENGTH = 100

/** The only fields of a flat document that may hold objects and lists. */
const NESTED = new Set(['misc', 'server_timing'])

/** What the ingest itself says of a row; a sender's word for it is not taken. */
const OURS = new Set(['received_at', 'runner_id', 'content_sha256', 'kind'])

/** Sent along by the predecessor and never stored. */
export const NEVER_STORED: ReadonlySet<string> = new Set(['output_text', 'reasoning_output_text'])

/** Names that mean something to a JavaScript object or to the driver, wherever they stand. */
export const isReservedKey = (key: string): boolean =>
  key === '__proto__' || key === 'constructor' || key === '_bsontype' || key === 'toBSON'

export const isSafeKey = (key: string): boolean => SAFE_KEY.test(key) && !isReservedKey(key)

export type Extras = { readonly kept: StoredDocument; readonly dropped: readonly string[] }

/**
 * Of a flat document the fields that `known` does not name: those safe to keep, and the names of those left out.
 * Leaving one out never costs the row: a sender that is newer than this service still gets its numbers in.
 */
export function sortExtras(
  body: Readonly<Record<string, unknown>>,
  known: ReadonlySet<string>,
  faults: readonly ScanFault[],
): Extras {
  const faulty = new Set(faults.map((fault) => fault.path[0]))
  const kept: Record<string, StoredValue> = {}
  const dropped: string[] = []
  let flat = 0
  for (const key of Object.keys(body)) {
    if (known.has(key) || NEVER_STORED.has(key) || key === 'kind') continue
    const value = body[key]
    const nested = NESTED.has(key)
    const keep =
      isSafeKey(key) && !OURS.has(key) && !faulty.has(key) && (nested ? isSafeNested(value) : isFlat(value))
    if (keep && !nested) flat += 1
    if (!keep || (!nested && flat > MAX_EXTRAS)) dropped.push(key.slice(0, MAX_NAME_LENGTH))
    else kept[key] = value as StoredValue
  }
  return { kept, dropped: dropped.slice(0, MAX_NAMES) }
}

const isFlat = (value: unknown): boolean =>
  value === null ||
  typeof value === 'boolean' ||
  typeof value === 'number' ||
  (typeof value === 'string' && value.length <= MAX_TEXT)

function isSafeNested(value: unknown): boolean {
  if (!hasSafeShape(value, 0)) return false
  return Buffer.byteLength(JSON.stringify(value)) <= MAX_NESTED_BYTES
}

function hasSafeShape(value: unknown, depth: number): boolean {
  if (value === null || typeof value !== 'object') return true
  if (depth === MAX_NESTED_DEPTH) return false
  if (Array.isArray(value)) return value.every((inner) => hasSafeShape(inner, depth + 1))
  return Object.entries(value).every(([key, inner]) => isSafeKey(key) && hasSafeShape(inner, depth + 1))
}
