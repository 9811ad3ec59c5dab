import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { reportFault } from '../documents/body.ts'
import { cleanNested } from '../documents/nested.ts'
import { invalidDocument } from '../errors.ts'
import { faultsOf } from '../json/pointer.ts'
import type { StoredDocument } from '../store/store.ts'
import { inTime, readContext, requirePrepared, soleDocument, type RouteContext } from './context.ts'

const amount = z.number().nonnegative().nullish()

/** What every runner says; what a newer one says beside it is kept as well. */
export const Heartbeat = z.looseObject({
  runner_id: z.string().min(1).max(128),
  state: z.string().regex(/^[a-z][a-z0-9_-]{0,31}$/, 'Must be a lower-case word'),
  version: z.string().max(64).nullish(),
  region: z.string().max(64).nullish(),
  config_age_seconds: amount,
  outbox_depth: amount,
  outbox_oldest_age_seconds: amount,
  dead_letters: amount,
})

/** `POST /ingest/heartbeat`: a runner's state; the last one stands. */
export function addHeartbeatRoute(app: FastifyInstance, context: RouteContext): void {
  app.post('/ingest/heartbeat', { config: { rateGroup: 'heartbeat' } }, async (request) => {
    requirePrepared(context.store)
    const body = soleDocument(request, context)
    const parsed = Heartbeat.safeParse(body.value)
    const faults = [...body.faults.map(reportFault), ...(parsed.success ? [] : faultsOf(parsed.error))]
    if (!parsed.success || faults.length > 0) throw invalidDocument(faults)
    const { now, runnerId: keyRunnerId } = readContext(context, request)
    const { value, dropped } = cleanNested(parsed.data)
    const { _id: _, ...state } = value as StoredDocument
    const heartbeat = {
      runnerId: parsed.data.runner_id,
      state: parsed.data.state,
      receivedAt: now,
      document: { ...state, key_runner_id: keyRunnerId, received_at: now },
    }
    await inTime(request, context.store.writeHeartbeat(heartbeat))
    return {
      status: 'accepted',
      received_at: now.toISOString(),
      ...(dropped.length > 0 ? { dropped_fields: dropped } : {}),
    }
  })
}
