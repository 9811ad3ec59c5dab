/** Lists of models for people: every model, then one line for each provider. Pure. */
import { alignTable } from '../output.ts'
import type { Listing } from '@llmbench/providers/listing'
import type { Posted } from './post.ts'

export type ReportedList = { readonly listing: Listing; readonly posted: Posted | null }

/** Two aligned tables. What a vendor wrote is printed without control characters. */
export function formatListings(lists: readonly ReportedList[]): string {
  const models = lists.flatMap(({ listing }) =>
    listing.models.map(({ modelId, name }) => [listing.provider, modelId, name ?? '']),
  )
  const summary = lists.map(({ listing, posted }) => [
    listing.provider,
    String(listing.models.length),
    listing.fault === null ? 'complete' : `partial (${listing.fault.reason})`,
    `${(listing.durationMs / 1000).toFixed(1)} s`,
    reportedAs(posted),
  ])
  return [
    ...(models.length === 0 ? [] : [alignTable(['PROVIDER', 'MODEL', 'NAME'], models)]),
    alignTable(['PROVIDER', 'MODELS', 'READ', 'TIME', 'REPORTED'], summary),
  ].join('\n')
}

function reportedAs(posted: Posted | null): string {
  if (posted === null) return '-'
  return posted.stored ? `yes, ${posted.newCount} new` : 'no'
}
