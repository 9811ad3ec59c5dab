import { sha256 } from '../json/canonical.ts'

/** White space as Python's `str.strip` and `\s` take it: the predecessor's fingerprints depend on it. */
export const SPACE =
  '[\\t-\\r\\u001c-\\u0020\\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]'
/** Beginning of a word: no letter, digit or underscore of any script before it. */
export const WORD_START = '(?<![\\p{L}\\p{N}_])'

const ENDS = new RegExp(`^${SPACE}+|(?<!${SPACE})${SPACE}+$`, 'gu')
const SPACES = new RegExp(`${SPACE}+`, 'gu')
const REQUEST_ID = new RegExp(
  `${WORD_START}(?:request[_ -]?id|activityid)${SPACE}*[:=]${SPACE}*['"]?[a-z0-9-]{8,}['"]?`,
  'giu',
)
const MAX_CHARACTERS = 2000

/** An error message without what differs from one occurrence to the next: case, white space, request ids. */
export function normalizeMessage(message: string): string {
  const lowered = message.replace(ENDS, '').toLowerCase()
  return cutTo(lowered.replace(REQUEST_ID, 'request_id=<redacted>').replace(SPACES, ' '), MAX_CHARACTERS)
}

/** The first `count` code points. */
function cutTo(text: string, count: number): string {
  return text.length <= count
    ? text
    : Array.from(text.slice(0, 2 * count))
        .slice(0, count)
        .join('')
}

type Failure = {
  readonly provider: string
  readonly modelName: string
  readonly stage: string
  readonly kind: string
  readonly normalizedMessage: string
}

/** One name for all errors of the same cause: SHA-256 of the five parts joined by newlines. */
export const fingerprint = ({ provider, modelName, stage, kind, normalizedMessage }: Failure): string =>
  sha256([provider, modelName, stage, kind, normalizedMessage].join('\n'))
