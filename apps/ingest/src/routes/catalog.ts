import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { reportFault } from '../documents/body.ts'
import { identify } from '../documents/identity.ts'
import { readInstant } from '../documents/instant.ts'
import { cleanNested, type Cleaned } from '../documents/nested.ts'
import { invalidDocument } from '../errors.ts'
import { faultsOf } from '../json/pointer.ts'
import type { StoredDocument } from '../store/store.ts'
import { inTime, objectBody, refuseFatal, requirePrepared, type RouteContext } from './context.ts'

/** What a provider lists. */
export const Listing = z.object({
  provider: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'Must be a lower-case slug'),
  models: z
    .array(
      z.object({
        model_id: z.string().min(1).max(256),
        name: z.string().max(500).nullish(),
        raw: z.record(z.string(), z.unknown()).nullish(),
      }),
    )
    .max(10_000),
  pagination_complete: z.boolean(),
  started_at: z.string().nullish(),
  /** Which runner read it, where one key serves several; else the key says. */
  runner_id: z.string().min(1).max(128).nullish(),
  /** Why the list is not complete. */
  reason: z.string().max(500).nullish(),
})

/** `POST /ingest/catalog`: what a provider lists, kept as it says it. */
export function addCatalogRoute(app: FastifyInstance, context: RouteContext): void {
  app.post('/ingest/catalog', { config: { envelopeDepth: 2 } }, async (request) => {
    requirePrepared(context.store)
    const { value, body } = objectBody(request)
    refuseFatal(body)
    const now = context.now()
    const parsed = Listing.safeParse(value)
    // A provider's own numbers are shown and never computed with; one past 2^53 does not cost the whole listing.
    const scanned = body.faults.filter((fault) => fault.kind !== 'inexact_number' || fault.path[2] !== 'raw')
    const faults = [...scanned.map(reportFault), ...(parsed.success ? [] : faultsOf(parsed.error))]
    const startedAt =
      typeof value['started_at'] === 'string' ? readInstant(value['started_at'], 'started_at', now) : null
    if (startedAt !== null && !(startedAt instanceof Date)) faults.push(startedAt)
    if (!parsed.success || faults.length > 0 || (startedAt !== null && !(startedAt instanceof Date))) {
      throw invalidDocument(faults)
    }
    const dropped: string[] = []
    const models = parsed.data.models.map((model, index) => {
      const raw = readRaw(model.raw ?? {}, context.config.limits.itemBytes)
      dropped.push(...raw.dropped.map((name) => `/models/${index}/raw${name}`))
      return { modelId: model.model_id, name: model.name ?? null, raw: raw.value as StoredDocument }
    })
    const { newCount } = await inTime(
      request,
      context.store.writeDiscovery({
        provider: parsed.data.provider,
        startedAt,
        receivedAt: now,
        paginationComplete: parsed.data.pagination_complete,
        reason: parsed.data.reason ?? null,
        runnerId: parsed.data.runner_id ?? request.principal?.runner ?? null,
        contentSha256: identify(value).contentSha256,
        models,
      }),
    )
    return {
      status: 'accepted',
      raw_count: models.length,
      new_count: newCount,
      ...(dropped.length > 0 ? { dropped_fields: dropped.slice(0, 100) } : {}),
    }
  })
}

/** A provider's row; one larger than a document may be is dropped and named in `dropped_fields`. */
const readRaw = (raw: Readonly<Record<string, unknown>>, maxBytes: number): Cleaned =>
  Buffer.byteLength(JSON.stringify(raw)) > maxBytes ? { value: {}, dropped: [''] } : cleanNested(raw)
