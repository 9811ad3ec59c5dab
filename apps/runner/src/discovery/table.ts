/** Lists of models for people: every model, then one line for each provider. Pure. */
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
    ...(models.length === 0 ? [] : [aligned(['PROVIDER', 'MODEL', 'NAME'], models)]),
    aligned(['PROVIDER', 'MODELS', 'READ', 'TIME', 'REPORTED'], summary),
  ].join('\n')
}

function reportedAs(posted: Posted | null): string {
  if (posted === null) return '-'
  return posted.stored ? `yes, ${posted.newCount} new` : 'no'
}

function aligned(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [heading, ...rows].map((line) => line.map((cell) => cell.replaceAll(/\p{Cc}/gu, ' ')))
  const widths = heading.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)))
  return lines
    .map(
      (line) =>
        `${line
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('')
}
