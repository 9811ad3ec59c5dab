import type { CatalogueDocument } from '../store/store.ts'
import { instantOf } from './entry.ts'

/** A runner may go on by a worklist that old, with what is no longer offered. */
const OLDEST_WORKLIST_MS = 6 * 3_600_000

/**
 * Whether a run belongs to a time in which its model was a candidate or was looked at again, whatever has become of the
 * entry since: its result may arrive long after that, and is then neither published nor refused.
 */
export const ranUnpublished = (document: CatalogueDocument, ranAt: Date): boolean =>
  isWithin(ranAt, candidacyOf(document)) || isWithin(ranAt, recheckOf(document))

type Period = { readonly from: Date; readonly until: Date }

const isWithin = (moment: Date, period: Period | null): boolean =>
  period !== null && moment >= period.from && moment < period.until

/** From when it became a candidate until it was promoted, enabled or given up; null where it is one still, or never was. */
function candidacyOf(document: CatalogueDocument): Period | null {
  const from = instantOf(document['probe_since'])
  if (from === null || document['probe'] === true) return null
  const [until] = ['probe_until', 'promoted_at', 'disabled_at']
    .map((field) => instantOf(document[field]))
    .filter((end) => end !== null && end > from)
    .sort((left, right) => Number(left) - Number(right))
  return until == null ? null : { from, until }
}

/** The last recheck that was closed. */
function recheckOf(document: CatalogueDocument): Period | null {
  const from = instantOf(document['recheck_since'])
  const closedAt = instantOf(document['rechecked_at'])
  if (from === null || closedAt === null) return null
  // One that is enabled by now is published again, and its runners have been told.
  const lateMs = document['enabled'] === true ? 0 : OLDEST_WORKLIST_MS
  return { from, until: new Date(closedAt.getTime() + lateMs) }
}
