/** The worklist as the ingest sends it and as the cache keeps it. */
import { z } from 'zod'
import { Price } from '../budget/prices.ts'

/** A quirk of a wrong type is left out; that costs the quirk, not the model. */
const quirk = <Schema extends z.ZodType>(schema: Schema) => schema.optional().catch(undefined)

const Metadata = z.object({
  omit_temperature: quirk(z.boolean()),
  additional_model_request_fields: quirk(z.record(z.string(), z.unknown())),
  reasoning_effort: quirk(z.string()),
  /** Checked where it is used: without it the model would be asked something else. */
  request_headers: z.unknown().optional(),
  request_mode: quirk(z.string()),
  accept_id: quirk(z.boolean()),
  profile: quirk(z.string()),
  prices: quirk(z.array(Price)),
  /** Looked at where it is used: without it the model would be measured somewhere else. */
  base_url: z.unknown().optional(),
})

const Rejected = z.object({
  model_id: z.string(),
  reason: z.string().nullish(),
  suggestion: z.string().nullish(),
})

/** `GET /runner-config?provider=P` (`docs/contract.md`, runner configuration). */
export const RemoteConfig = z.object({
  schema_version: z.literal(1),
  provider: z.string(),
  interval_minutes: z.number().positive().max(10_080),
  models: z.array(z.string().min(1)),
  /** Candidates and rechecks: measured like the others; the ingest keeps their rows from being published. */
  probes: z.array(z.string().min(1)).default([]),
  model_metadata: z.record(z.string(), Metadata.catch({})).default({}),
  rejected: z.array(Rejected).default([]),
})
export type RemoteConfig = z.infer<typeof RemoteConfig>
