/** The fields of an error object, and of what a router says that the host behind it said. Pure. */
import { DEEPEST, messageOf, printedUnknown } from './error-words.ts'
import { asList, asRecord, asText, firstKnown, isRecord, parseJson } from './json.ts'
import type { JsonRecord } from './json.ts'

/** An error as the provider sent it. Every field is null where the provider did not give it. */
export type ProviderError = {
  readonly status: number | null
  readonly type: string | null
  readonly code: string | null
  /** The provider's own words. */
  readonly message: string | null
}

const STATUS_KEYS = ['status_code', 'statusCode', 'http_status', 'http_code', 'code', 'status']

/** The fields of an error object; what it lacks is looked for in the object around it, then behind the router. */
export function errorOf(error: JsonRecord, around: JsonRecord, depth: number): ProviderError {
  const inner = depth < DEEPEST ? innerError(error, depth) : null
  const upstream = depth < DEEPEST ? upstreamError(error, around, depth) : null
  const statuses = [error, around].flatMap((record) => STATUS_KEYS.map((key) => asErrorStatus(record[key])))
  const reasons = asList(error['details']).map((entry) => asText(asRecord(entry)['reason']))
  const details = asRecord(error['details'])
  const codes = [
    details['error_code'],
    error['code'],
    error['Code'],
    error['error_code'],
    around['error_code'],
    around['code'],
  ]
  const types = [
    error['type'],
    error['status'],
    error['error_type'],
    error['__type'],
    around['error_type'],
    around['type'],
  ]
  const code = inner?.code ?? firstKnown(reasons) ?? firstKnown(codes.map(asCode))
  return {
    status: inner?.status ?? firstKnown(statuses) ?? upstream?.status ?? null,
    type: inner?.type ?? firstKnown(types.map(asTypeName)) ?? upstream?.type ?? null,
    // A router's code is often the status and nothing else.
    code: (asErrorStatus(code) === null ? code : null) ?? upstream?.code ?? code,
    message: inner?.message ?? wordsOf(error, around, upstream?.message ?? null, depth),
  }
}

/** A number or a string of three digits that can be the HTTP status of an error, or null. */
export function asErrorStatus(value: unknown): number | null {
  const number = typeof value === 'string' && /^\d{3}$/.test(value) ? Number(value) : value
  return typeof number === 'number' && Number.isInteger(number) && number >= 400 && number <= 599
    ? number
    : null
}

/** The words of an error and of the host behind it; where it has none, those of the object around it. */
function wordsOf(
  error: JsonRecord,
  around: JsonRecord,
  upstream: string | null,
  depth: number,
): string | null {
  const own = messageOf(error, depth)
  if (own !== null && upstream !== null && !own.includes(upstream)) return `${own}: ${upstream}`
  return own ?? upstream ?? messageOf(around, depth) ?? printedUnknown(error)
}

/** An error that a router or proxy passes on in the place of its own: as an object, or as JSON in a string. */
function innerError(error: JsonRecord, depth: number): ProviderError | null {
  for (const key of ['error', 'message', 'detail']) {
    const held = readHeld(error[key])
    if (isRecord(held) && messageOf(held, depth) !== null) return errorOf(held, {}, depth + 1)
  }
  return null
}

/** Where a router puts what the host said, beside words of its own: OpenRouter, Databricks, Lemonade. */
const UPSTREAM_KEYS = [
  'raw',
  'external_model_message',
  'upstream',
  'upstream_error',
  'upstreamError',
  'upstreamBody',
  'original_error',
  'originalError',
]
/** The same in places that others use for other things: only an error object counts there. */
const SHARED_KEYS = ['details', 'response', 'cause', 'body']

function upstreamError(error: JsonRecord, around: JsonRecord, depth: number): ProviderError | null {
  for (const place of [asRecord(error['metadata']), error, around]) {
    for (const key of place === around ? UPSTREAM_KEYS : [...UPSTREAM_KEYS, ...SHARED_KEYS]) {
      const found = heldError(readHeld(place[key]), depth, UPSTREAM_KEYS.includes(key))
      if (found !== null) return found
    }
  }
  return null
}

/** The error in what a host answered: the error object of its body, the body itself, or its words. */
function heldError(held: unknown, depth: number, areWords: boolean): ProviderError | null {
  if (Array.isArray(held)) return areWords ? heldError(held[0], depth, areWords) : null
  if (typeof held === 'string')
    return areWords && held.trim() !== '' ? { status: null, type: null, code: null, message: held } : null
  const body = asRecord(held)
  const found = [body['error'], asRecord(body['response'])['error'], body['response'], body].find(
    (value) => messageOf(asRecord(value), depth) !== null,
  )
  return isRecord(found) ? errorOf(found, {}, depth + 1) : null
}

/** The value, parsed where it is JSON in a string. */
function readHeld(value: unknown): unknown {
  return typeof value === 'string' && /^\s*[{[]/.test(value) ? (parseJson(value) ?? value) : value
}

/** What some languages print where there is nothing. */
const NOTHING = /^(?:none|null|nil|undefined)$/i

/** The name of a class of errors: not a number, and not the word `error`, which names none. AWS puts a namespace before it. */
function asTypeName(value: unknown): string | null {
  const text = asText(value)?.split('#').at(-1) ?? null
  return text === null || text === '' || text === 'error' || /^\d+$/.test(text) || NOTHING.test(text)
    ? null
    : text
}

function asCode(value: unknown): string | null {
  const code = typeof value === 'number' ? String(value) : asText(value)
  return code === null || NOTHING.test(code) ? null : code
}
