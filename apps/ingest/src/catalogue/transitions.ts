/** What the fields of an entry are once it has changed its state. Nothing is removed: null says that it is over. */
import type { CatalogueDocument, StoredDocument } from '../store/store.ts'
import { instantOf, stateOf } from './entry.ts'

const NOTHING_DISABLED: StoredDocument = {
  disabled_reason: null,
  disabled_at: null,
  disabled_class: null,
  recheck_after: null,
  recheck_result: null,
}

const ENABLED: StoredDocument = { ...NOTHING_DISABLED, enabled: true, deprecated: false, probe: false }

/** Enabled whatever kept it out. */
export const enabled = (before: CatalogueDocument, at: Date): StoredDocument => ({
  ...ENABLED,
  ...(before['successor'] == null ? {} : { successor: null }),
  ...endOfTrial(before, at),
})

/** Until when an entry was a candidate or was looked at again, so that its runs of then are known when they come in. */
function endOfTrial(before: CatalogueDocument, at: Date): StoredDocument {
  const candidacy = before['probe'] === true ? { probe_until: at } : {}
  const since = stateOf(before, at) === 'recheck' ? instantOf(before['recheck_after']) : null
  return since === null ? candidacy : { ...candidacy, recheck_since: since, rechecked_at: at }
}

/** `recheckAfter`: when it is to be looked at again; null for never. */
export const disabled = (
  at: Date,
  why: { readonly reason: string; readonly class: string; readonly recheckAfter: Date | null },
): StoredDocument => ({
  enabled: false,
  probe: false,
  disabled_reason: why.reason,
  disabled_at: at,
  disabled_class: why.class,
  recheck_after: why.recheckAfter,
  recheck_result: null,
})

export const deprecated = (
  before: CatalogueDocument,
  at: Date,
  successor: string | null,
): StoredDocument => ({
  deprecated: true,
  probe: false,
  successor,
  ...endOfTrial(before, at),
})

/** A candidate: measured, never published, until it is promoted. */
export const candidate = (at: Date): StoredDocument => ({
  enabled: false,
  deprecated: false,
  probe: true,
  probe_since: at,
})

export const promoted = (at: Date): StoredDocument => ({ ...ENABLED, promoted_at: at })

/** After a recheck that fell due at `since`: what came of it, and when the next one is. */
export const rechecked = (
  { since, at }: { readonly since: Date; readonly at: Date },
  { result, next }: { readonly result: 'answers' | 'fails'; readonly next: Date },
): StoredDocument => ({
  recheck_since: since,
  rechecked_at: at,
  recheck_result: result,
  recheck_after: next,
})
