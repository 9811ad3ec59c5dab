import { ResultId } from '@llmbench/providers/result'
import { z } from 'zod'

const seconds = z.number().nonnegative()
const count = z.int().nonnegative()
const text = z.string().max(2000)

/**
 * The timestamps a result may carry. One that were stored as text would break every reader of the collection, so each
 * is read into a date; here they are only present or not.
 */
export const RESULT_TIMES = ['run_ts', 'gen_ts', 'scheduled_at', 'ts', 'started_at'] as const

/**
 * A result of schema 2 or older, as the predecessor's runner sends it. Only what is known is checked; what else the
 * body holds is sorted by `sortExtras`. Nulls stand for "not known" in every optional field.
 */
export const LegacyResult = z.object({
  result_id: ResultId.nullish(),
  metrics_schema_version: z.int().min(0).max(2).nullish(),
  provider: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'Must be a lower-case slug'),
  model_name: z.string().min(1).max(256),
  run_ts: z.string(),
  gen_ts: z.string().nullish(),
  scheduled_at: z.string().nullish(),
  ts: z.string().nullish(),
  started_at: z.string().nullish(),
  benchmark_profile_id: text.nullish(),
  temperature: z.number().nonnegative().nullish(),
  requested_tokens: count.nullish(),
  output_tokens: count,
  generated_output_tokens: count.nullish(),
  visible_output_tokens: count.nullish(),
  reasoning_tokens: count.nullish(),
  input_tokens: count.nullish(),
  generate_time: seconds,
  total_time: seconds.nullish(),
  time_to_first_byte: seconds.nullish(),
  time_to_first_reasoning: seconds.nullish(),
  time_to_first_token: seconds.nullish(),
  time_to_64_visible_tokens_seconds: seconds.nullish(),
  tokens_per_second: z.number().nonnegative(),
  generated_tokens_per_second: z.number().nonnegative().nullish(),
  visible_tokens_per_second: z.number().nonnegative().nullish(),
  decode_tokens_per_second: z.number().nonnegative().nullish(),
  times_between_tokens: z.array(seconds).max(20_000).nullish(),
  token_source: text.nullish(),
  request_mode: text.nullish(),
  finish_reason: text.nullish(),
  validation_policy: text.nullish(),
  ttft_available: z.boolean().nullish(),
})
export type LegacyResult = z.infer<typeof LegacyResult>

/** A failed attempt as the predecessor's runner reports it: it sends null where it has no time. */
export const LegacyError = z.object({
  result_id: ResultId.nullish(),
  metrics_schema_version: z.int().min(0).max(2).nullish(),
  provider: LegacyResult.shape.provider,
  model_name: LegacyResult.shape.model_name,
  ts: z.string().nullish(),
  stage: z.string().min(1).max(64),
  message: z.string(),
  exc_type: z.string().max(256).nullish(),
  error_kind: z.string().max(64).nullish(),
  http_status: z.int().min(100).max(599).nullish(),
  phase: z.string().max(64).nullish(),
})
export type LegacyError = z.infer<typeof LegacyError>
