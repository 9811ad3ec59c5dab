/** What one reading of a vendor's own list of models came to. */
import type { JsonRecord } from '../json.ts'

export type ListedModel = {
  readonly modelId: string
  readonly name: string | null
  /** The vendor's own row, as it was sent. */
  readonly raw: JsonRecord
}

/** Why a list was not read to its end. */
export type ListingReason =
  /** Endpoint or credentials could not be resolved. */
  | 'configuration'
  /** The connection failed or broke off. */
  | 'network'
  /** A deadline passed. */
  | 'timeout'
  /** The caller ended the reading. */
  | 'stopped'
  /** HTTP 401 or 403. */
  | 'refused'
  /** HTTP 429. */
  | 'rate_limited'
  /** Any other status but 200. */
  | 'status'
  /** A 200 that is no list. */
  | 'garbage'
  /** Rows without an id that can be read. */
  | 'unreadable_rows'
  /** Pages, bytes or models beyond what is read. */
  | 'limit'
  /** A page that was read already comes again. */
  | 'loop'
  /** No model at all: absence from such a list means nothing. */
  | 'empty'

export type ListingFault = {
  readonly reason: ListingReason
  /** A sentence without secrets. */
  readonly detail: string
  /** The Retry-After header as sent, or null. */
  readonly retryAfter: string | null
}

export type Listing = {
  readonly provider: string
  /** Wall time of the beginning, ms since 1970: a label. */
  readonly startedMs: number
  readonly durationMs: number
  readonly pages: number
  readonly bytes: number
  /** Each id once, in the vendor's order. */
  readonly models: readonly ListedModel[]
  /** Null when the list was read to its end; else it is partial, and absence from it means nothing. */
  readonly fault: ListingFault | null
}
