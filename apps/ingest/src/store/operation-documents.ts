import type { Discovery, StoredDocument } from './store.ts'

/** One catalogue read is one run, however often its report is sent. */
export const discoveryId = (discovery: Discovery): string =>
  `${discovery.provider}:${discovery.startedAt?.toISOString() ?? ''}:${discovery.contentSha256}`

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
