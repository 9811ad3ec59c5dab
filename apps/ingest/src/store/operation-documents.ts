import { objectIdHex } from '../documents/identity.ts'
import type { Discovery, StoredDocument } from './store.ts'

const DAY_MS = 86_400_000

/**
 * One catalogue read is one run, however often its report is sent: 24 hex digits out of when it began and what it said.
 * Where it does not say when, the same listing counts once a day.
 */
export function discoveryId({ provider, startedAt, receivedAt, contentSha256 }: Discovery): string {
  const day = new Date(Math.floor(receivedAt.getTime() / DAY_MS) * DAY_MS)
  return objectIdHex(startedAt ?? day, `${provider}:${startedAt?.toISOString() ?? ''}:${contentSha256}`)
}

/** A catalogue read as both stores keep it. A partial one says so: absence from it means nothing. */
export const discoveryDocument = (discovery: Discovery, newCount: number): StoredDocument => ({
  provider: discovery.provider,
  started_at: discovery.startedAt,
  finished_at: discovery.receivedAt,
  status: discovery.paginationComplete ? 'complete' : 'partial',
  raw_count: discovery.models.length,
  new_count: newCount,
  pagination_complete: discovery.paginationComplete,
})
