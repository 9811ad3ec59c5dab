import { z } from 'zod'

/** What the routes answer, as clients may rely on it. Requests are described by the schemas that validate them. */

const count = z.int().nonnegative()
const instant = z.iso.datetime()
const droppedFields = z.array(z.string()).optional().meta({
  description: 'Fields that were left out because they are not safe to keep; the row is in without them',
})
const Fault = z
  .strictObject({ pointer: z.string(), detail: z.string() })
  .meta({ id: 'Fault', description: 'One fault: an RFC 6901 pointer and what should stand there' })

export const ProblemDocument = z
  .strictObject({
    type: z.literal('about:blank'),
    title: z.string(),
    status: z.int().min(400).max(599),
    detail: z.string(),
    code: z.string().meta({ description: 'Stable; branch on this' }),
    retryable: z.boolean().meta({ description: 'Whether the same bytes may succeed later' }),
    errors: z.array(Fault).max(20).optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem details' })

export const Accepted = z
  .strictObject({
    status: z.literal('accepted'),
    result_id: z.string(),
    verdict: z.enum(['created', 'duplicate']),
    dropped_fields: droppedFields,
  })
  .meta({ id: 'Accepted' })

export const Rejected = z
  .strictObject({
    status: z.literal('rejected'),
    result_id: z.string(),
    code: z.enum(['model_unknown', 'model_disabled', 'model_deprecated', 'refused_by_store']),
    reason: z.string(),
  })
  .meta({ id: 'Rejected', description: 'Understood and not wanted; sending it again changes nothing' })

const ItemVerdict = z
  .strictObject({
    result_id: z.string().nullable(),
    verdict: z.enum(['created', 'duplicate', 'rejected', 'conflict', 'invalid']),
    code: z.string().optional(),
    reason: z.string().optional(),
    errors: z.array(Fault).max(20).optional(),
    dropped_fields: droppedFields,
  })
  .meta({ id: 'ItemVerdict' })

export const BatchAnswer = z
  .strictObject({
    batch_id: z.string(),
    received_at: instant,
    counts: z.strictObject({
      created: count,
      duplicate: count,
      rejected: count,
      conflict: count,
      invalid: count,
    }),
    results: z.array(ItemVerdict).meta({ description: 'One for each item, in their order' }),
  })
  .meta({ id: 'BatchAnswer' })

export const ListingAnswer = z
  .strictObject({
    status: z.literal('accepted'),
    raw_count: count,
    new_count: count,
    dropped_fields: droppedFields,
  })
  .meta({ id: 'ListingAnswer' })

export const HeartbeatAnswer = z
  .strictObject({ status: z.literal('accepted'), received_at: instant, dropped_fields: droppedFields })
  .meta({ id: 'HeartbeatAnswer' })

const RejectedModel = { model_id: z.string(), reason: z.string(), suggestion: z.string().nullable() }

const OddModel = {
  provider: z.string().nullable(),
  model_id: z.string().nullable(),
  problems: z.array(z.string()),
}

export const Worklist = z
  .strictObject({
    schema_version: z.literal(1),
    provider: z.string(),
    interval_minutes: z.int().positive(),
    models: z.array(z.string()),
    probes: z
      .array(z.string())
      .meta({ description: 'Candidates and rechecks: measured too, their rows never published' }),
    model_metadata: z.record(z.string(), z.record(z.string(), z.unknown())),
    rejected: z.array(z.strictObject(RejectedModel)),
    warning: z.string().optional().meta({ description: 'Why the list is most likely not what is wanted' }),
    generated_at: instant,
  })
  .meta({ id: 'Worklist' })

export const HealthAnswer = z
  .strictObject({
    status: z.enum(['ok', 'degraded', 'unavailable']),
    version: z.string(),
    store: z.strictObject({
      kind: z.enum(['mongodb', 'sqlite']),
      reachable: z.boolean(),
      writes: z.enum(['ok', 'failed', 'failing']).meta({
        description: 'failed: the newest write; failing: at least three in a row',
      }),
      latency_ms: z.number().nonnegative().nullable(),
    }),
    newest_result_age_seconds: z.number().nonnegative().nullable(),
    runners: z.record(z.string(), count).nullable().meta({ description: 'How many are in each state' }),
    rejected_models: z.array(z.strictObject({ provider: z.string(), ...RejectedModel })).nullable(),
    odd_models: z
      .strictObject({ count, first: z.array(z.strictObject(OddModel)) })
      .nullable()
      .meta({ description: 'Catalogue documents that cannot mean what their writer meant' }),
    catalogue_problems: z.array(z.string()),
    dropped_log_lines: count.meta({
      description: 'Log lines dropped since the start because stderr was not read in time',
    }),
    counters: z.record(z.string(), count),
  })
  .meta({ id: 'Health' })

export const Alive = z.strictObject({ status: z.literal('alive') }).meta({ id: 'Alive' })
export const Ready = z.strictObject({ status: z.literal('ready') }).meta({ id: 'Ready' })
export const NotReady = z
  .strictObject({ status: z.literal('not ready'), reason: z.string() })
  .meta({ id: 'NotReady' })
