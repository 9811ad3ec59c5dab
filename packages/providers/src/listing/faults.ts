/** Why a page could not be had, in the words of a listing. Pure. */
import { asRecord, asText, parseJson } from '../json.ts'
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
  const words = wordsOf(body, secrets)
  const retryAfter = headers['retry-after']
  return {
    reason: reasonOf(status),
    detail: `${page}: HTTP ${status}${words === '' ? '' : `: ${words}`}`,
    retryAfter: typeof retryAfter === 'string' ? retryAfter : null,
  }
}

function reasonOf(status: number): ListingReason {
  if (status === 429) return 'rate_limited'
  return status === 401 || status === 403 ? 'refused' : 'status'
}

const LONGEST_WORDS = 200

/** The message of an error document, in whichever of the usual places it stands. Some repeat the key they refuse. */
function wordsOf(body: Uint8Array, secrets: readonly string[]): string {
  const document = asRecord(parseJson(Buffer.from(body).toString('utf8')))
  const inner = asRecord(document['error'])
  const words = asText(inner['message']) ?? asText(document['message']) ?? asText(document['error']) ?? ''
  // Struck out before it is cut: half a key is a secret too.
  return scrubText(words, secrets).replaceAll(/\s+/g, ' ').slice(0, LONGEST_WORDS).toWellFormed()
}
