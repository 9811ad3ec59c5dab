/** What a document means: for the schedule, for the provider's other models, for an exit code. Pure. */
import { isErrorDocument, OWN_STAGE, printable, saysModelIsGone } from '@llmbench/providers'
import type { RunDocument } from '@llmbench/providers'
import { retryAfterMs } from './delivery/backoff.ts'
import type { LaneEnd } from './lane-book.ts'

const LONGEST_REASON = 100

/**
 * The end of the attempt that this document records, or null where this side failed at it, which says nothing of the
 * provider. `nowMs` is wall time, for a Retry-After that is a date.
 */
export function endOf(document: RunDocument, nowMs: number): LaneEnd | null {
  if (isErrorDocument(document) && document.stage === OWN_STAGE) return null
  if (!isErrorDocument(document))
    return { end: { outcome: document.outcome ?? 'completed' }, refusal: 'none' }
  const { error_kind: errorKind, http_status: status, rate_limit: limits, message, exc_type: name } = document
  const header = limits?.['retry_after']
  const end = {
    errorKind,
    retryAfterMs: typeof header === 'string' ? retryAfterMs(header, nowMs) : 0,
    isCertain: saysModelIsGone(document.model_name, name, message),
    reason: printable(message).slice(0, LONGEST_REASON),
  }
  if (errorKind === 'billing') return { end, refusal: 'key' }
  if (errorKind === 'auth') return { end, refusal: status === 403 ? 'model' : 'key' }
  return { end, refusal: 'unclear' }
}

/** Whether the run is one that can be published: it ended as its profile means it to end. */
export function isSuccess(document: RunDocument): boolean {
  return !isErrorDocument(document) && (document.outcome === 'completed' || document.outcome === 'length')
}
