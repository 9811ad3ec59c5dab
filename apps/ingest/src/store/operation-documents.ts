import { objectIdHex } from '../documents/identity.ts'
import { parseInstant } from '../documents/instant.ts'
import type { Discovery, DiscoveryRun } from './listings.ts'
import type { StoredDocument } from './store.ts'

const DAY_MS = 86_400_000

/**
 * One catalogue read is one run, however often its report is sent: 24 hex digits out of when it began and what it said.
 * Where it does not say when, the same listing counts once a day.
 */
export function discoveryId({ provider, startedAt, receivedAt, contentSha256 }: Discovery): string {
  const day = new Date(Math.floor(receivedAt.getTime() / DAY_MS) * DAY_MS)
  return objectIdHex(startedAt ?? day, `${provider}:${startedAt?.toISOString() ?? ''}:${contentSha256}`)
}

/** A reading as both stores keep it. A partial or failed one says so: absence from it means nothing. */
export const discoveryDocument = (discovery: Discovery, newCount: number): StoredDocument => ({
  provider: discovery.provider,
  started_at: discovery.startedAt,
  finished_at: discovery.receivedAt,
  status: discovery.paginationComplete ? 'complete' : discovery.models.length > 0 ? 'partial' : 'failed',
  raw_count: discovery.models.length,
  new_count: newCount,
  pagination_complete: discovery.paginationComplete,
  reason: discovery.reason,
  runner_id: discovery.runnerId,
})

/** A stored reading as it is read again; what is missing in it counts as not known, and as not complete. */
export const discoveryRun = (document: Readonly<Record<string, unknown>>): DiscoveryRun => ({
  at: instantOf(document['started_at']) ?? instantOf(document['finished_at']) ?? new Date(0),
  complete: document['pagination_complete'] === true,
  rawCount: Number(document['raw_count'] ?? 0),
  newCount: Number(document['new_count'] ?? 0),
  reason: typeof document['reason'] === 'string' ? document['reason'] : null,
  runnerId: typeof document['runner_id'] === 'string' ? document['runner_id'] : null,
})

/** MongoDB gives dates, SQLite their texts. */
const instantOf = (value: unknown): Date | null => (value instanceof Date ? value : parseInstant(value))
