/**
 * What a provider says went wrong, in whichever shape it says it. One reader for every wire format: chunks of a stream,
 * error bodies and pages of listings. Reading never throws, and a field of an unexpected type reads as absent. Pure.
 */
import { asErrorStatus, errorOf } from './error-fields.ts'
import type { ProviderError } from './error-fields.ts'
import { messageOf, DEEPEST, MOST_ENTRIES, saysSomething, saysSuccess } from './error-words.ts'
import { asList, asRecord, asText, isRecord } from './json.ts'
import type { JsonRecord } from './json.ts'

export type { ProviderError } from './error-fields.ts'

/** What gateways wrap an answer into. */
const WRAPPERS = ['response', 'data', 'result', 'message', 'body', 'Response', 'ResponseMetadata']
const ERROR_KEYS = ['error', 'Error', 'errors', 'err', 'fault', 'exception']
/** What a message of a stream or a whole answer holds: beside one of these, `code` and `message` are no error. */
const ANSWER_KEYS = ['choices', 'candidates', 'delta', 'output', 'response', 'content', 'content_block']

/**
 * The error in a JSON value, or null where there is none. Known shapes: `error` as an object, a string, a list or
 * `true`; `errors`; `x_groq.error`; an error inside a choice; `base_resp` (MiniMax); `error_type`, `error_code` and
 * `error_message` beside each other (DeepInfra, Databricks, Baidu); `object` or `type` "error" (vLLM, Mistral);
 * `success: false` (Cloudflare); `code` with `message` and no answer (DashScope, SiliconFlow); `detail`
 * (FastAPI); `__type` (AWS); one inside what a gateway wraps an answer into; and lists of any of them (Google).
 */
export function readProviderError(value: unknown, depth = 0): ProviderError | null {
  if (depth > DEEPEST) return null
  if (Array.isArray(value)) return firstError(value, depth)
  if (!isRecord(value)) return null
  return (
    nestedError(value, depth) ??
    wrappedError(value, depth) ??
    errorOfChoices(value, depth) ??
    errorOfStatus(value, depth) ??
    flatError(value, depth)
  )
}

/**
 * The same for a value that is known to report an error, as the body of a failed answer and an event named `error` do:
 * there a message alone is enough, and an error without words is still an error.
 */
export function readKnownError(value: unknown): ProviderError {
  const found = readProviderError(value)
  if (found !== null) return found
  const record = asRecord(Array.isArray(value) ? value.find(isRecord) : value)
  return errorOf(record, {}, 0)
}

/** Whether the value is a whole answer or a chunk of one, which belongs into an event of the stream. */
export function isAnswer(value: unknown): boolean {
  const record = asRecord(Array.isArray(value) ? value[0] : value)
  return ANSWER_KEYS.some(
    (key) => Array.isArray(record[key]) || isRecord(record[key]) || asText(record[key]) !== null,
  )
}

/** The words of an error, never empty. */
export function describeError({ message, type, code }: ProviderError): string {
  if (message !== null) return message
  const names = [...new Set([type, code])].filter((name) => name !== null)
  return `The provider reported an error without a message${names.length === 0 ? '' : ` (${names.join(', ')})`}`
}

/**
 * The one error of a run that reported several: the first that has words, since a failed response is often announced
 * without any before or after the event that explains it. What it lacks is filled in from the others.
 */
export function mergeErrors(errors: readonly ProviderError[]): ProviderError | null {
  const chosen = errors.find(({ message }) => message !== null) ?? errors[0]
  if (chosen === undefined) return null
  const fill = <Key extends 'status' | 'type' | 'code'>(key: Key): ProviderError[Key] =>
    chosen[key] ?? errors.find((error) => error[key] !== null)?.[key] ?? null
  return { status: fill('status'), type: fill('type'), code: fill('code'), message: chosen.message }
}

function firstError(values: readonly unknown[], depth: number): ProviderError | null {
  for (const entry of values.slice(0, MOST_ENTRIES)) {
    const found = readProviderError(entry, depth + 1)
    if (found !== null) return found
  }
  return null
}

function nestedError(root: JsonRecord, depth: number): ProviderError | null {
  for (const key of ERROR_KEYS) {
    const found = errorUnder(root[key], root, depth)
    if (found !== null) return found
  }
  return errorUnder(asRecord(root['x_groq'])['error'], root, depth)
}

function wrappedError(root: JsonRecord, depth: number): ProviderError | null {
  for (const key of WRAPPERS) {
    const inner = root[key]
    const found = isRecord(inner) ? nestedError(inner, depth + 1) : null
    if (found !== null) return found
  }
  return null
}

/** What stands under a key that names an error: nothing where it is null, empty or says success. */
function errorUnder(value: unknown, root: JsonRecord, depth: number): ProviderError | null {
  if (value === true) return errorOf({}, root, depth)
  if (typeof value === 'string') return saysSuccess(value) ? null : textError(value, root, depth)
  if (typeof value === 'number')
    return saysSuccess(String(value)) ? null : errorOf({ code: value }, root, depth)
  if (Array.isArray(value)) {
    const first: unknown = value.find((entry) => isRecord(entry) || asText(entry) !== null)
    return errorUnder(first, root, depth)
  }
  return isRecord(value) && Object.values(value).some(saysSomething) ? errorOf(value, root, depth) : null
}

/** The text is the words, unless a description beside it (OAuth) is: then it is the code. */
function textError(value: string, root: JsonRecord, depth: number): ProviderError {
  const described = asText(root['error_description'])
  return errorOf(described === null ? { message: value } : { message: described, code: value }, root, depth)
}

function errorOfChoices(root: JsonRecord, depth: number): ProviderError | null {
  for (const entry of asList(root['choices']).slice(0, MOST_ENTRIES)) {
    const choice = asRecord(entry)
    const places = [choice, asRecord(choice['delta']), asRecord(choice['message'])]
    for (const place of places) {
      const found = errorUnder(place['error'], {}, depth)
      if (found !== null) return found
    }
  }
  return null
}

/** What MiniMax's codes mean; its words for them vary. */
const MINIMAX_CODES: Readonly<Record<string, string>> = {
  1000: 'server_error',
  1001: 'timeout_error',
  1002: 'rate_limit',
  1004: 'authentication_error',
  1008: 'insufficient_balance',
  1013: 'server_error',
  1024: 'server_error',
  1033: 'server_error',
  1039: 'rate_limit',
  1041: 'rate_limit',
  2045: 'rate_limit',
  2049: 'invalid_api_key',
  2056: 'rate_limit',
}

/** MiniMax states an outcome in every answer: 0 is success. */
function errorOfStatus(root: JsonRecord, depth: number): ProviderError | null {
  const { base_resp: outcome } = root
  if (!isRecord(outcome)) return null
  const { status_code: code, status_msg: message } = outcome
  if (!saysSomething(code)) return null
  return errorOf({ code, type: MINIMAX_CODES[String(code)], message }, {}, depth)
}

/** Names of fields that only an error has. */
const ERROR_FIELD = /^(?:error_?(?:code|type|message|msg)|err_?(?:code|msg))$/i

function flatError(root: JsonRecord, depth: number): ProviderError | null {
  const named =
    Object.entries(root).some(([key, value]) => ERROR_FIELD.test(key) && saysSomething(value)) ||
    saysSomething(root['__type']) ||
    [root['object'], root['type'], root['event']].includes('error') ||
    root['success'] === false
  const held = asRecord(root['data'])
  if (named) return messageOf(held, depth) === null ? errorOf(root, {}, depth) : errorOf(held, root, depth)
  if (isAnswer(root)) return null
  const words = messageOf(root, depth)
  const coded =
    saysSomething(root['code']) || asErrorStatus(root['status']) !== null || root['status'] === 'error'
  const detailed =
    asText(root['detail']) !== null || Array.isArray(root['detail']) || isRecord(root['detail'])
  return words !== null && (coded || detailed) ? errorOf(root, {}, depth) : null
}
