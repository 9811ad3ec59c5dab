/** What one reading of a list means for the next. Pure. */
import { retryAfterMs } from '../delivery/backoff.ts'
import type { MemoryEntry } from './memory.ts'
import type { Posted } from './post.ts'
import type { ListingFacts } from './report.ts'

/** What is known of a provider's list. */
export type ListState = Omit<MemoryEntry, 'due_ms'>

export const NEVER_READ: ListState = {
  failures: 0,
  last_read_at: null,
  complete: null,
  models: null,
  reason: null,
}

/** What a reading and its posting came to: `posted` is null where there was nothing to post. */
export type Outcome = {
  readonly read: ListingFacts | { readonly failure: string }
  readonly posted: Posted | null
}

export type Conclusion = {
  readonly state: ListState
  /** Whether it is tried again before its time. */
  readonly failed: boolean
  /** The least wait that anybody asked for, ms. */
  readonly retryAfterMs: number
}

/** Kinds of partial list that are the same the next time. */
const LASTING: ReadonlySet<string> = new Set(['limit', 'unreadable_rows', 'empty', 'loop'])

/** The state after a reading; `wallMs` is what a Retry-After date is held against. */
export function concludeFrom(before: ListState, { read, posted }: Outcome, wallMs: number): Conclusion {
  const undelivered = posted !== null && !posted.stored ? posted : null
  if ('failure' in read) {
    const state = { ...before, failures: before.failures + 1, reason: read.failure }
    return { state, failed: true, retryAfterMs: 0 }
  }
  const { fault, models, startedMs } = read
  const failed = undelivered !== null || (fault !== null && !LASTING.has(fault.reason))
  return {
    state: {
      failures: failed ? before.failures + 1 : 0,
      last_read_at: new Date(startedMs).toISOString(),
      complete: fault === null,
      models,
      reason: undelivered?.reason ?? (fault === null ? null : `${fault.reason}: ${fault.detail}`),
    },
    failed,
    retryAfterMs: Math.max(
      undelivered?.retryAfterMs ?? 0,
      retryAfterMs(fault?.retryAfter ?? undefined, wallMs),
    ),
  }
}
