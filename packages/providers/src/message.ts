/** The JSON of one message of a stream, read as far as a reader that loses no words can. Pure. */
import { parseJson } from './json.ts'

/** Keys whose value is text of the answer: some servers send a token of digits, or `true`, as what it is in JSON there. */
const ANSWER_KEYS = ['content', 'text', 'delta']
/** Beside text these hold numbers too, but a truth value is a flag there. */
const TEXT_KEYS = new Set([
  ...ANSWER_KEYS,
  'refusal',
  'thinking',
  'reasoning',
  'reasoning_content',
  'reasoning_text',
])
const SCALAR_AS_TEXT =
  /"(?:content|text|delta|refusal|thinking|reasoning(?:_content|_text)?)"\s{0,8}:\s{0,8}(?:[-\d]|true|false)/
const STRING = /"(?:[^"\\]|\\[^])*"/g
const STRING_OR_NO_NUMBER = /"(?:[^"\\]|\\[^])*"|-?\b(?:NaN|Infinity)\b/g
// oxlint-disable-next-line no-control-regex -- control characters are what is escaped
const CONTROL = /[\u0000-\u001f]/g

/**
 * The parsed message, or undefined when it is no JSON. Control characters that stand unescaped inside a string are
 * taken as text, a number or a truth value where text belongs keeps the characters it was written with, and `NaN` and
 * `Infinity`, which Python writes, are null.
 */
export function parseMessage(data: string): unknown {
  const value = SCALAR_AS_TEXT.test(data) ? parseWithSources(data) : parseJson(data)
  if (value !== undefined) return value
  const mended = withoutNoNumbers(data.replace(STRING, (text) => text.replace(CONTROL, escapeControl)))
  return mended === data ? undefined : parseMessage(mended)
}

function withoutNoNumbers(data: string): string {
  if (!/NaN|Infinity/.test(data)) return data
  return data.replace(STRING_OR_NO_NUMBER, (part) => (part.startsWith('"') ? part : 'null'))
}

function parseWithSources(data: string): unknown {
  try {
    return JSON.parse(data, (key: string, value: unknown, context?: { readonly source?: string }) =>
      isTextOf(key, value) ? (context?.source ?? String(value)) : value,
    )
  } catch {
    return undefined
  }
}

function isTextOf(key: string, value: unknown): boolean {
  return typeof value === 'boolean'
    ? ANSWER_KEYS.includes(key)
    : typeof value === 'number' && TEXT_KEYS.has(key)
}

function escapeControl(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
