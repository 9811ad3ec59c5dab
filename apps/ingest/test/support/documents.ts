import { randomUUID } from 'node:crypto'

type Document = Record<string, unknown>

export const GROQ = { provider: 'groq', modelId: 'llama-3.1-8b-instant' } as const
const SECOND_MS = 1000

/** The predecessor's form of a time. */
const naive = (date: Date): string => date.toISOString().slice(0, 19).replace('T', ' ')
export const secondsAgo = (seconds: number): Date => new Date(Date.now() - seconds * SECOND_MS)

/** What the Python runner in the field sends. */
export const legacyResult = (changes: Document = {}): Document => ({
  provider: GROQ.provider,
  model_name: GROQ.modelId,
  run_ts: naive(secondsAgo(60)),
  gen_ts: naive(secondsAgo(58)),
  temperature: 0.1,
  misc: {},
  requested_tokens: 64,
  output_tokens: 64,
  generate_time: 1.28,
  tokens_per_second: 50,
  time_to_first_token: 0.21,
  times_between_tokens: [0.016, 0.018],
  metrics_schema_version: 2,
  ...changes,
})

/** What this project's runner sends. */
export const result = (changes: Document = {}): Document => ({
  result_id: randomUUID(),
  metrics_schema_version: 3,
  provider: GROQ.provider,
  model_name: GROQ.modelId,
  benchmark_profile_id: 'cloud-default-v1',
  run_ts: secondsAgo(60).toISOString(),
  output_tokens: 64,
  visible_output_tokens: 64,
  visible_characters: 300,
  generate_time: 1.28,
  tokens_per_second: 50,
  outcome: 'length',
  quality: { event_loop_delay_max_ms: 1.5, gc_pause_max_ms: 0.8, tainted: [] },
  ...changes,
})

/** A failed attempt as the Python runner reports it. */
export const legacyError = (changes: Document = {}): Document => ({
  provider: GROQ.provider,
  model_name: GROQ.modelId,
  ts: naive(secondsAgo(30)),
  stage: 'generate',
  message: 'Error code: 503 - upstream gone',
  exc_type: 'InternalServerError',
  error_kind: 'transient_provider',
  ...changes,
})
