/** A list as it goes to the ingest (`docs/contract.md`, `POST /ingest/catalog`): one document, within its limits. Pure. */
import { gzipSync } from 'node:zlib'
import type { Listing } from '@llmbench/providers/listing'
import { boundRow } from './raw.ts'

export type CatalogReport = {
  readonly provider: string
  readonly models: readonly {
    readonly model_id: string
    readonly name: string | null
    readonly raw: Readonly<Record<string, unknown>>
  }[]
  /** False where anything may be missing: then absence from it means nothing. */
  readonly pagination_complete: boolean
  /** Several runners may read one provider's list, and not every one sees the same; null for one without a name. */
  readonly runner_id: string | null
  /** ISO 8601, UTC, ms. */
  readonly started_at: string
  /** Why it is not complete; null when it is. */
  readonly reason: string | null
}

/** What one reading came to, without the list itself. */
export type ListingFacts = {
  readonly startedMs: number
  readonly models: number
  readonly fault: Listing['fault']
}

/** Ready to be sent: gzip of the report's JSON, and what it says. */
export type PackedReport = { readonly body: Uint8Array<ArrayBuffer>; readonly facts: ListingFacts }

export type ReportLimits = { readonly decodedBytes: number; readonly bodyBytes: number }

/** Somewhat below the ingest's own: 4 MiB decoded, 1 MiB as sent. */
const LIMITS: ReportLimits = { decodedBytes: 3_800_000, bodyBytes: 1_000_000 }

/** Bytes that a row may take, tried from the first on until the whole fits. */
const ROW_BYTES = [16_384, 4096, 1024, 0]
const LONGEST_REASON = 500
const SHRINK = 0.8

/** The report of a list, its rows cut to so many bytes each. */
export function reportOf(
  listing: Listing,
  runnerId: string | null,
  rowBytes: number = ROW_BYTES[0] ?? 0,
): CatalogReport {
  const { provider, models, startedMs, fault } = listing
  return {
    provider,
    models: models.map(({ modelId, name, raw }) => ({
      model_id: modelId,
      name,
      raw: boundRow(raw, rowBytes),
    })),
    pagination_complete: fault === null,
    runner_id: runnerId,
    started_at: new Date(startedMs).toISOString(),
    reason:
      fault === null ? null : `${fault.reason}: ${fault.detail}`.slice(0, LONGEST_REASON).toWellFormed(),
  }
}

/**
 * The report as it is sent. A list that is too large loses parts of its rows first; only when ids and names alone are
 * too many does it lose models, and then it says that it is not complete.
 */
export function packReport(
  listing: Listing,
  runnerId: string | null,
  limits: ReportLimits = LIMITS,
): PackedReport {
  for (const rowBytes of ROW_BYTES) {
    const body = packed(reportOf(listing, runnerId, rowBytes), limits)
    if (body !== null) return { body, facts: factsOf(listing) }
  }
  const models = listing.models.slice(0, Math.floor(listing.models.length * SHRINK))
  const detail = `The ingest takes no more than ${models.length} of the models at once`
  const fault = listing.fault ?? { reason: 'limit', detail, retryAfter: null }
  return packReport({ ...listing, models, fault }, runnerId, limits)
}

function packed(report: CatalogReport, limits: ReportLimits): Uint8Array<ArrayBuffer> | null {
  const json = Buffer.from(JSON.stringify(report))
  if (json.length > limits.decodedBytes && report.models.length > 0) return null
  const body = gzipSync(json)
  if (body.length > limits.bodyBytes && report.models.length > 0) return null
  // A buffer of its own, so that it can be handed from thread to thread.
  return new Uint8Array(body)
}

function factsOf({ startedMs, models, fault }: Listing): ListingFacts {
  return { startedMs, models: models.length, fault }
}
