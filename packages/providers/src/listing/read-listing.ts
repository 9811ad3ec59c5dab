/** Reads a vendor's list of models, page by page and within bounds. What goes wrong is part of the answer. */
import { ConfigurationError } from '../errors.ts'
import { PLAIN_OUTBOUND, withUserAgent } from '../outbound.ts'
import type { Outbound } from '../outbound.ts'
import type { Access, Environment, Provider } from '../provider.ts'
import { scrubText } from '../scrub.ts'
import { monotonicNs, wallMs } from '../transport/clock.ts'
import { getDocument, isGetFailure } from '../transport/get.ts'
import type { GetAnswer, GetFailure } from '../transport/get.ts'
import { faultOf, faultOfAnswer, faultOfGarbage } from './faults.ts'
import type { Listing, ListedModel, ListingFault } from './listing.ts'
import { decodePage, parsePage } from './page.ts'
import type { ListingSource, PageRequest } from './sources.ts'
import { listingOf } from './vendors.ts'
import type { VendorListing } from './vendors.ts'

export type ListingLimits = {
  readonly pageMs: number
  readonly totalMs: number
  readonly pages: number
  readonly pageBytes: number
  readonly totalBytes: number
  readonly models: number
}

export const LISTING_LIMITS: ListingLimits = {
  pageMs: 10_000,
  totalMs: 20_000,
  pages: 50,
  pageBytes: 8 * 1024 * 1024,
  totalBytes: 16 * 1024 * 1024,
  /** As many as the ingest takes of one provider. */
  models: 10_000,
}

export type ReadingOptions = {
  readonly signal?: AbortSignal
  readonly limits?: ListingLimits
  readonly outbound?: Outbound
}

/** A list while it is read. */
type Reading = {
  readonly outbound: Outbound
  readonly limits: ListingLimits
  readonly signal: AbortSignal | undefined
  readonly startNs: bigint
  readonly models: Map<string, ListedModel>
  pages: number
  bytes: number
  unreadable: number
}

/**
 * The list of that provider, complete or with the fault that cut it short; durations in milliseconds. Whatever the
 * vendor, the network or the signal does is part of the answer; throws ConfigurationError for a vendor without a list.
 */
export async function readListing(
  provider: Provider,
  environment: Environment,
  { signal, limits = LISTING_LIMITS, outbound = PLAIN_OUTBOUND }: ReadingOptions = {},
): Promise<Listing> {
  const listing = listingOf(provider)
  if ('none' in listing)
    throw new ConfigurationError(`${provider.slug} has no list of models: ${listing.none}`)
  const startedMs = wallMs()
  const reading: Reading = {
    outbound,
    limits,
    signal,
    startNs: monotonicNs(),
    models: new Map(),
    pages: 0,
    bytes: 0,
    unreadable: 0,
  }
  const fault = await readSources(reading, listing, provider, environment)
  const { pages, bytes, models } = reading
  const durationMs = elapsedMs(reading)
  return { provider: provider.slug, startedMs, durationMs, pages, bytes, models: [...models.values()], fault }
}

async function readSources(
  reading: Reading,
  listing: VendorListing,
  provider: Provider,
  environment: Environment,
): Promise<ListingFault | null> {
  let secrets: readonly string[] = []
  try {
    const ofRuns = await provider.access(environment)
    secrets = ofRuns.secrets
    const access = listing.access?.(ofRuns, environment) ?? ofRuns
    for (const source of listing.sources) {
      const fault = await readSource(reading, source, access)
      if (fault !== null) return fault
    }
    return judgeWhole(reading)
  } catch (error) {
    // A credential that cannot be had, or a signature that cannot be made.
    return faultOf(
      'configuration',
      scrubText(error instanceof Error ? error.message : String(error), secrets),
    )
  }
}

/** What only shows at the end: a list of nothing, or one of which a part could not be understood. */
function judgeWhole({ models, unreadable }: Reading): ListingFault | null {
  if (unreadable > 0) return faultOf('unreadable_rows', `${unreadable} rows have no id that can be read`)
  return models.size === 0 ? faultOf('empty', 'The list names no model') : null
}

async function readSource(
  reading: Reading,
  { dialect, request }: ListingSource,
  access: Access,
): Promise<ListingFault | null> {
  const { limits, models } = reading
  const asked = new Set<string>()
  let query = dialect.firstPage
  for (;;) {
    const asking = await request(access, query)
    const page = `page ${reading.pages + 1} of ${new URL(asking.url).host}`
    if (asked.has(JSON.stringify(query))) return faultOf('loop', `${page} has been read already`)
    if (reading.pages >= limits.pages) return faultOf('limit', `${page}: more than ${limits.pages} pages`)
    asked.add(JSON.stringify(query))
    const answer = await readPage(reading, asking)
    const fault = faultOfAnswer(answer, page, access.secrets)
    if (fault !== null || isGetFailure(answer)) return fault
    const text = scrubText(decodePage(answer.body), access.secrets)
    const parsed = parsePage(dialect, text)
    if (parsed === null) return faultOfGarbage(text, page, access.secrets)
    const known = models.size
    if (!keep(reading, parsed)) return faultOf('limit', `${page}: more than ${limits.models} models`)
    if (parsed.next === null) return null
    // Google may send an empty page in the middle; one that only repeats is a loop with other tokens.
    if (parsed.models.length > 0 && models.size === known)
      return faultOf('loop', `${page} names no model that was not named before, and yet another page`)
    query = { ...dialect.firstPage, ...parsed.next }
  }
}

async function readPage(reading: Reading, request: PageRequest): Promise<GetAnswer | GetFailure> {
  const { limits, signal, outbound } = reading
  const leftMs = limits.totalMs - elapsedMs(reading)
  if (leftMs <= 0) {
    const seconds = limits.totalMs / 1000
    return { cause: 'deadline', message: `The deadline of ${seconds} s for all pages passed` }
  }
  const deadlineMs = Math.min(limits.pageMs, leftMs)
  const maxBytes = Math.min(limits.pageBytes, limits.totalBytes - reading.bytes)
  const headers = withUserAgent(request.headers, outbound)
  const answer = await getDocument(
    { ...request, headers },
    { deadlineMs, maxBytes },
    {
      signal,
      proxy: outbound.proxy,
    },
  )
  reading.pages += 1
  if (!isGetFailure(answer)) reading.bytes += answer.body.length
  return answer
}

/** Keeps each id once; false when there are more than may be kept. */
function keep(
  reading: Reading,
  page: { readonly models: readonly ListedModel[]; readonly unreadable: number },
): boolean {
  reading.unreadable += page.unreadable
  for (const model of page.models) {
    if (reading.models.has(model.modelId)) continue
    if (reading.models.size >= reading.limits.models) return false
    reading.models.set(model.modelId, model)
  }
  return true
}

function elapsedMs({ startNs }: { readonly startNs: bigint }): number {
  return Number(monotonicNs() - startNs) / 1e6
}
