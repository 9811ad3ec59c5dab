/** `--discover`: reads each provider's list once, reports it and prints it. Measures nothing. */
import { ConfigurationError } from '@llmbench/providers'
import type { Environment, Outbound, Provider } from '@llmbench/providers'
import { listingOf, readListing } from '@llmbench/providers/listing'
import type { Progress } from '../progress.ts'
import type { Posted } from './post.ts'
import { formatListings } from './table.ts'
import type { ReportedList } from './table.ts'
import { packReport, reportOf } from './report.ts'

export type DiscoverParts = {
  readonly providers: readonly Provider[]
  /** Whether they were asked for by name: then one without a list is a fault. */
  readonly named: boolean
  readonly environment: Environment
  readonly outbound: Outbound
  /** In whose name it is reported. */
  readonly runnerId: string
  /** Null with --local. */
  readonly post: ((body: Uint8Array, signal: AbortSignal) => Promise<Posted>) | null
  readonly progress: Progress
  readonly json: boolean
  readonly write: (text: string) => void
  /** Takes each reason for which the exit code is not 0. */
  readonly problem: (sentence: string) => void
  readonly stop: AbortSignal
}

/** Returns the exit code: 0 when every list was read to its end and taken by the ingest, else 1. */
export async function discoverOnce(parts: DiscoverParts): Promise<number> {
  const providers = withLists(parts)
  const problems: string[] = []
  const read: ReportedList[] = []
  for (const [done, provider] of providers.entries()) {
    if (parts.stop.aborted) break
    parts.progress.show(done, providers.length, provider.slug)
    const listing = await readListing(provider, parts.environment, {
      signal: parts.stop,
      outbound: parts.outbound,
    })
    const report = packReport(listing, parts.runnerId)
    const posted = parts.post === null ? null : await parts.post(report.body, parts.stop)
    read.push({ listing, posted })
    if (listing.fault !== null)
      problems.push(`${provider.slug}: ${listing.fault.reason}: ${listing.fault.detail}`)
    if (posted?.stored === false) problems.push(`${provider.slug}: ${posted.reason}`)
    if (parts.json) parts.write(`${JSON.stringify(reportOf(listing, parts.runnerId))}\n`)
  }
  parts.progress.clear()
  if (!parts.json) parts.write(formatListings(read))
  if (read.length < providers.length)
    problems.push(`${providers.length - read.length} lists were not read: stopped`)
  for (const problem of problems) parts.problem(problem)
  return problems.length === 0 ? 0 : 1
}

function withLists({ providers, named }: DiscoverParts): Provider[] {
  return providers.filter((provider) => {
    const listing = listingOf(provider)
    if ('none' in listing && named)
      throw new ConfigurationError(`${provider.slug} has no list of models: ${listing.none}`)
    return 'sources' in listing
  })
}
