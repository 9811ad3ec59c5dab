import type { Fault } from '../errors.ts'
import { canonicalJson, sha256 } from '../json/canonical.ts'
import type { Identity } from '../store/store.ts'
import type { Refused } from './body.ts'
import { areOnlyTooOld } from './instant.ts'

/**
 * Who a posted document is and what it says. The content is everything the sender wrote except `kind`, which is the
 * envelope's, so a document sent alone and again in a batch is the same one. Without a `result_id` the content is the
 * name. What a later version of this service stores of a document does not change either.
 */
export function identify(body: Readonly<Record<string, unknown>>, salt = ''): Identity {
  const contentSha256 = sha256(salt + canonicalJson(withoutKind(body)))
  const given = body['result_id']
  return { resultId: typeof given === 'string' ? given : contentSha256, contentSha256 }
}

/** What the sender wrote: a document without the envelope's word for it. */
export function withoutKind(body: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  if (!Object.hasOwn(body, 'kind')) return body
  const { kind: _, ...content } = body
  return content
}

/** 24 hex digits for an ObjectId: seconds of `at`, then 8 bytes of the id's SHA-256. Ordered by time, same for ever. */
export function objectIdHex(at: Date, id: string): string {
  const seconds = Math.floor(at.getTime() / 1000)
  return seconds.toString(16).padStart(8, '0') + sha256(id).slice(0, 16)
}

/** A refusal, with the name of the document where age is all that is wrong with it. */
export const refuse = (body: Readonly<Record<string, unknown>>, faults: readonly Fault[]): Refused =>
  areOnlyTooOld(faults) ? { faults, tooOld: identify(body) } : { faults }
