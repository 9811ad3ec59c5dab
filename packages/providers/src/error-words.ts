/** The words of an error object, wherever a provider puts them. Pure. */
import { asText, firstKnown, isRecord } from './json.ts'
import type { JsonRecord } from './json.ts'

/** Where the words of an error are found, the usual places first. */
const MESSAGE_KEYS = [
  'message',
  'Message',
  'msg',
  'error_message',
  'errorMessage',
  'error_msg',
  'errorMsg',
  'ErrorMessage',
  'errmsg',
  'errMsg',
  'status_msg',
  'detail',
  'description',
  'error_description',
  'faultstring',
  'reason',
  'title',
  'error',
  'errors',
]
const WORDS_OF_SUCCESS = new Set(['', '0', '200', 'ok', 'success', 'succeeded', 'none', 'null'])
/** Errors wrap errors (a router's around a host's), but not endlessly. */
export const DEEPEST = 6
export const MOST_ENTRIES = 32

/** The words under the first of the usual keys that holds any. */
export function messageOf(record: JsonRecord, depth: number): string | null {
  for (const key of MESSAGE_KEYS) {
    const value = record[key]
    const words = typeof value === 'string' ? asWords(value) : messageInside(value, depth)
    if (words !== null) return words
  }
  return null
}

/** FastAPI lists what is wrong with a request: `[{ loc, msg, type }]`. */
function messageInside(value: unknown, depth: number): string | null {
  if (depth >= DEEPEST) return null
  if (Array.isArray(value)) {
    const all = value.slice(0, MOST_ENTRIES).map((entry) => asText(entry) ?? messageInside(entry, depth + 1))
    const words = all.filter((entry) => entry !== null)
    return words.length === 0 ? null : words.join('; ')
  }
  return isRecord(value) ? messageOf(value, depth + 1) : null
}

/** Names of fields in which a message of no known kind would say why something went wrong. */
const TELLING = /err|fail|fault|warn|message|msg|reason|detail|description/i
const FINISH = /^(?:finish|stop)_?reason$/i

/** The words of a message that is no error of a known shape, under a name that speaks of trouble; null where there are none. */
export function remarkOf(record: JsonRecord): string | null {
  const told = Object.entries(record).filter(([key]) => TELLING.test(key) && !FINISH.test(key))
  return firstKnown(
    told.map(([, value]) => (typeof value === 'string' ? asWords(value) : messageInside(value, 0))),
  )
}

/** An error object of keys that nobody knows is shown as it is, as long as any of them holds words. */
export function printedUnknown(error: JsonRecord): string | null {
  const known = new Set([
    'code',
    'type',
    'status',
    'status_code',
    'error_code',
    'error_type',
    'param',
    'details',
  ])
  const unknown = Object.entries(error).some(
    ([key, value]) =>
      !known.has(key) && !key.endsWith('id') && typeof value === 'string' && saysSomething(value),
  )
  return unknown ? printed(error) : null
}

/** The JSON of it, or null where it is nested deeper than the stack is. */
function printed(value: unknown): string | null {
  try {
    return JSON.stringify(value)
  } catch {
    return null
  }
}

function asWords(value: string): string | null {
  return value.trim() === '' ? null : value
}

/** Whether the value says anything: null, empty, 0 and words of success do not. */
export function saysSomething(value: unknown): boolean {
  if (value === null || value === undefined || value === false) return false
  if (typeof value === 'string' || typeof value === 'number') return !saysSuccess(String(value))
  return Array.isArray(value)
    ? value.length > 0
    : typeof value === 'object'
      ? Object.keys(value).length > 0
      : true
}

/** Whether a text states that nothing went wrong. */
export function saysSuccess(text: string): boolean {
  return WORDS_OF_SUCCESS.has(text.trim().toLowerCase())
}
