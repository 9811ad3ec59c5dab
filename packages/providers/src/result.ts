/**
 * The wire document: what a runner sends, what the ingest accepts as schema 3, what `replay` recomputes.
 * Field names are the collections' historic snake_case; definitions of every number: `docs/measurement.md`.
 */
import { z } from 'zod'
import { METRICS_SCHEMA_VERSION, OWN_STAGE } from './wire-document.ts'

export { METRICS_SCHEMA_VERSION, OWN_STAGE }

const seconds = z.number().nonnegative()
const milliseconds = z.number().nonnegative()
const count = z.int().nonnegative()
const rate = z.number().nonnegative()
const instant = z.iso.datetime({ offset: true })
const slug = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'a lower-case slug')
const modelName = z.string().min(1).max(256)

/** An id that names a result or an error for ever: UUIDv7 from this project's runner, anything of this form from others. */
export const ResultId = z
  .string()
  .regex(/^[A-Za-z0-9._:-]{8,128}$/, '8 to 128 characters of A-Z a-z 0-9 . _ : -')

export const REQUEST_MODES = [
  'chat_completions_stream',
  'openai_responses_stream',
  'openai_legacy_completions_stream',
  'anthropic_messages_stream',
  'gemini_generate_content_stream',
  'bedrock_converse_stream',
] as const
export const RequestMode = z.enum(REQUEST_MODES)
export type RequestMode = z.infer<typeof RequestMode>

export const TOKEN_SOURCES = [
  'provider_usage_output_tokens',
  'provider_usage_completion_tokens',
  'provider_usage_candidates_plus_thoughts',
  'tiktoken_visible_text',
  'tiktoken_visible_plus_reasoning_text',
  'tiktoken_visible_fallback_zero_usage',
] as const
export const TokenSource = z.enum(TOKEN_SOURCES)
export type TokenSource = z.infer<typeof TokenSource>

export const FinishReason = z.enum(['stop', 'length', 'content_filter', 'tool', 'error'])
export type FinishReason = z.infer<typeof FinishReason>

export const Outcome = z.enum([
  'completed',
  'length',
  'budget_exhausted',
  'empty',
  'refused',
  'truncated',
  'error',
])
export type Outcome = z.infer<typeof Outcome>

export const ErrorKind = z.enum([
  'auth',
  'billing',
  'rate_limit',
  'hard_model',
  'hard_capability',
  'transient_provider',
  'network',
  'timeout',
  'budget_exhausted',
  'unknown',
])
export type ErrorKind = z.infer<typeof ErrorKind>

export const Phase = z.enum(['connect', 'send', 'headers', 'first_token', 'stream', 'close'])
export type Phase = z.infer<typeof Phase>

export const StreamShape = z.enum(['streamed', 'coarse', 'buffered'])
export type StreamShape = z.infer<typeof StreamShape>

/** What the runner knows of its own ability to measure while the run went on; any reason in `tainted` unpublishes it. */
export const Quality = z.strictObject({
  event_loop_delay_max_ms: milliseconds.nullable(),
  gc_pause_max_ms: milliseconds.nullable(),
  tainted: z.array(z.string().max(200)).max(16),
})
export type Quality = z.infer<typeof Quality>

/** The opening of the connection, timed apart from the request. Null: the step did not happen or is not known. */
export const Connection = z.strictObject({
  dns_seconds: seconds.nullable(),
  tcp_seconds: seconds.nullable(),
  tls_seconds: seconds.nullable(),
  remote_address: z.string().max(64).nullable(),
  http_version: z.string().max(8).nullable(),
  tls_version: z.string().max(16).nullable(),
  proxy: z.boolean(),
  /** Only of rows through a proxy: until its tunnel was open. Name and TCP are the proxy's then. */
  proxy_seconds: seconds.nullable().optional(),
})
export type Connection = z.infer<typeof Connection>

const flatFacts = z.record(
  z.string().regex(/^[a-z][a-z0-9_]{0,63}$/),
  z.union([z.string().max(500), z.number(), z.boolean(), z.null()]),
)

/** Which attempt this is and under which protocol: on results and errors alike. */
const identity = {
  result_id: ResultId,
  metrics_schema_version: z.literal(METRICS_SCHEMA_VERSION),
  protocol_version: count.optional(),
  provider: slug,
  model_name: modelName,
  benchmark_profile_id: z.string().max(64).optional(),
  request_mode: RequestMode.nullable().optional(),
  attempt: z.int().positive().optional(),
  attempt_group: ResultId.optional(),
  scheduled_at: instant.nullable().optional(),
  region: z.string().max(64).nullable().optional(),
  runner_version: z.string().max(64).optional(),
  request_id: z.string().max(256).nullable().optional(),
  response_id: z.string().max(256).nullable().optional(),
  quality: Quality.optional(),
  connection: Connection.optional(),
  rate_limit: flatFacts.optional(),
  /** What the request asked for, as it was sent. Null: it did not say. */
  temperature: z.number().nonnegative().nullable().optional(),
  requested_tokens: count.optional(),
  reasoning_effort: z.string().max(64).nullable().optional(),
  /** Names of the fields that the model's metadata added, and `header:` names; the hash is over their values. */
  request_extra_fields: z.array(z.string().max(256)).max(32).optional(),
  request_extra_hash: z.string().max(64).nullable().optional(),
  /** Who answered, as the provider says. */
  upstream_provider: z.string().max(256).nullable().optional(),
  service_tier: z.string().max(256).nullable().optional(),
  system_fingerprint: z.string().max(256).nullable().optional(),
  provider_region: z.string().max(256).nullable().optional(),
  /** Parts of the stream that were no event of it and could not be read. */
  malformed_frames: count.optional(),
  /** The encoding the answer was compressed with although none was asked for; null: none. */
  content_encoding: z.string().max(64).nullable().optional(),
}

/** A measured run. Times are seconds since the request was handed to the ready connection. */
export const ResultDocument = z.strictObject({
  ...identity,
  run_ts: instant,
  gen_ts: instant.optional(),
  outcome: Outcome.optional(),
  finish_reason: FinishReason.nullable().optional(),
  /** The provider's own word for `finish_reason`. */
  finish_reason_raw: z.string().max(256).nullable().optional(),
  time_to_first_byte: seconds.nullable().optional(),
  time_to_first_reasoning: seconds.nullable().optional(),
  time_to_first_token: seconds.nullable().optional(),
  time_to_48_visible_tokens_seconds: seconds.nullable().optional(),
  time_to_64_visible_tokens_seconds: seconds.nullable().optional(),
  generate_time: seconds,
  total_time: seconds.nullable().optional(),
  output_tokens: count,
  generated_output_tokens: count.optional(),
  reasoning_tokens: count.nullable().optional(),
  visible_output_tokens: count.nullable().optional(),
  visible_token_source: z.enum(['provider_usage', 'tiktoken_visible_text']).nullable().optional(),
  input_tokens: count.nullable().optional(),
  cached_input_tokens: count.nullable().optional(),
  token_source: TokenSource.optional(),
  tokens_per_second: rate,
  generated_tokens_per_second: rate.optional(),
  visible_tokens_per_second: rate.nullable().optional(),
  decode_tokens_per_second: rate.nullable().optional(),
  visible_o200k_tokens: count.optional(),
  visible_o200k_tokens_per_second: rate.nullable().optional(),
  decode_o200k_tokens_per_second: rate.nullable().optional(),
  visible_characters_per_second: rate.nullable().optional(),
  decode_characters_per_second: rate.nullable().optional(),
  times_between_tokens: z.array(seconds).max(20_000).optional(),
  stream_shape: StreamShape.nullable().optional(),
  visible_characters: count.optional(),
  reasoning_characters: count.optional(),
  visible_stream_chunks: count.optional(),
  max_tokens_per_chunk: count.nullable().optional(),
  longest_gap_seconds: seconds.nullable().optional(),
  stalls: count.optional(),
  server_timing: flatFacts.optional(),
  served_model: z.string().max(256).nullable().optional(),
})
export type ResultDocument = z.infer<typeof ResultDocument>

/** A failed attempt. `message` is present on errors and never on results: it tells the two apart. */
export const ErrorDocument = z.strictObject({
  ...identity,
  ts: instant,
  stage: z.string().max(64),
  message: z.string().max(4000),
  exc_type: z.string().max(256).nullable(),
  error_kind: ErrorKind,
  phase: Phase,
  http_status: z.int().min(100).max(599).nullable(),
})
export type ErrorDocument = z.infer<typeof ErrorDocument>

export type RunDocument = ResultDocument | ErrorDocument
