/**
 * What the predecessor reads in the words of an error: the same status and kind, so that its errors and those of its
 * runners that come in here are one history. Every expression takes time linear in the text. Pure.
 */
import type { ErrorKind } from '@llmbench/providers/result'
import { normalizeMessage, SPACE, WORD_START } from './fingerprint.ts'

const STATUS = '(\\d{3})(?![\\p{L}\\p{N}_])'
/** In the order in which they are asked: OpenAI's and Anthropic's libraries, words of others, Google's libraries. */
const STATUS_IN_TEXT: readonly RegExp[] = [
  // The predecessor also takes the first three digits of a longer number, such as Cloudflare's 1020.
  new RegExp(`error code:${SPACE}*(\\d{3})(?!\\d)`, 'iu'),
  new RegExp(`${WORD_START}(?:http${SPACE}*)?status(?:${SPACE}*code)?${SPACE}*[:=]${SPACE}*${STATUS}`, 'iu'),
  new RegExp(
    `${WORD_START}(?:NotFound|PermissionDenied|Unauthenticated|ResourceExhausted|Internal|Unavailable|DeadlineExceeded)${SPACE}*:${SPACE}*${STATUS}`,
    'iu',
  ),
]

/** The HTTP status that a message names, or null. */
export function statusIn(message: string): number | null {
  for (const pattern of STATUS_IN_TEXT) {
    const status = pattern.exec(message)?.[1]
    if (status !== undefined) return /^[1-5]/.test(status) ? Number(status) : null
  }
  return null
}

const BY_STATUS: ReadonlyMap<number, ErrorKind> = new Map([
  [401, 'auth'],
  [403, 'auth'],
  [402, 'billing'],
  [429, 'rate_limit'],
  [404, 'hard_model'],
])
const BY_WORDS: readonly (readonly [RegExp, ErrorKind])[] = [
  [/timed out|timeout/, 'timeout'],
  [/overloaded|model busy|retry later|temporarily unavailable/, 'transient_provider'],
  [/["']code["']: ["']model_not_available["']/, 'hard_model'],
  [/reached the end of its life|dedicated endpoint/, 'hard_model'],
  [/token budget was exhausted/, 'budget_exhausted'],
]

/** The kind of an error whose sender gives none. */
export function kindIn(message: string, exceptionType: string | null): ErrorKind {
  const words = normalizeMessage(message)
  if (words.includes('key limit exceeded')) return 'billing'
  const status = statusIn(message)
  const known = status === null ? undefined : BY_STATUS.get(status)
  if (known !== undefined) return known
  if (status !== null && status >= 500) return 'transient_provider'
  if (exceptionType === 'TimeoutError') return 'timeout'
  return BY_WORDS.find(([pattern]) => pattern.test(words))?.[1] ?? 'unknown'
}
