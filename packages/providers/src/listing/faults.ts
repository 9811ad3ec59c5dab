/** Why a page could not be had, in the words of a listing. Pure. */
import { readHttpError } from '../http-error.ts'
import { describeError } from '../provider-error.ts'
import { scrubText } from '../scrub.ts'
import { isGetFailure } from '../transport/get.ts'
import type { GetAnswer, GetFailure } from '../transport/get.ts'
import type { ListingFault, ListingReason } from './listing.ts'

/** A fault that a Retry-After header has nothing to do with. */
export function faultOf(reason: ListingReason, detail: string): ListingFault {
  return { reason, detail, retryAfter: null }
}

const CAUSES = {
  deadline: 'timeout',
  too_large: 'limit',
  aborted: 'stopped',
  network: 'network',
} as const satisfies Record<GetFailure['cause'], ListingReason>

/** The fault of an answer to `page`, or null when it is a 200 and whole. */
export function faultOfAnswer(
  answer: GetAnswer | GetFailure,
  page: string,
  secrets: readonly string[],
): ListingFault | null {
  if (isGetFailure(answer)) return faultOf(CAUSES[answer.cause], `${page}: ${answer.message}`)
  const { status, headers, body } = answer
  if (status === 200) return null
  const words = wordsOf(status, Buffer.from(body).toString('utf8'), secrets)
  const retryAfter = headers['retry-after']
  return {
    reason: reasonOf(status),
    detail: `${page}: HTTP ${status}${words}`,
    retryAfter: typeof retryAfter === 'string' ? retryAfter : null,
  }
}

/** The fault of a page that was answered with 200 and is no list; some report errors so. */
export function faultOfGarbage(text: string, page: string, secrets: readonly string[]): ListingFault {
  return faultOf('garbage', `${page} is no list of models${wordsOf(200, text, secrets)}`)
}

function reasonOf(status: number): ListingReason {
  if (status === 429) return 'rate_limited'
  return status === 401 || status === 403 ? 'refused' : 'status'
}

const LONGEST_WORDS = 200

/** What the body says, behind a colon; empty where it says nothing. Some repeat the key they refuse. */
function wordsOf(status: number, text: string, secrets: readonly string[]): string {
  if (text.trim() === '') return ''
  const words = describeError(readHttpError(status, text))
  // Struck out before it is cut: half a key is a secret too.
  const safe = scrubText(words, secrets).replaceAll(/\s+/g, ' ').trim()
  return `: ${safe.slice(0, LONGEST_WORDS).toWellFormed()}`
}
