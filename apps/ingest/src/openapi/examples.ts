/** Bodies as they go over the wire. Times in a document that never changes are old, so only their form is an example. */

const LEGACY_RESULT = {
  provider: 'groq',
  model_name: 'llama-3.1-8b-instant',
  run_ts: '2026-11-24 10:00:00',
  gen_ts: '2026-11-24 10:00:02',
  temperature: 0.1,
  requested_tokens: 64,
  output_tokens: 64,
  generate_time: 1.28,
  tokens_per_second: 50,
  time_to_first_token: 0.21,
  times_between_tokens: [0.016, 0.018],
  metrics_schema_version: 2,
}

const RESULT = {
  result_id: '0192f0c1-7e5a-7cc3-98a5-6b1f3a0d9e11',
  metrics_schema_version: 3,
  provider: 'groq',
  model_name: 'llama-3.1-8b-instant',
  benchmark_profile_id: 'cloud-default-v1',
  run_ts: '2026-11-24T10:00:00.000Z',
  output_tokens: 64,
  visible_output_tokens: 64,
  visible_token_source: 'provider_usage',
  visible_o200k_tokens: 62,
  visible_characters: 300,
  generate_time: 1.28,
  tokens_per_second: 50,
  visible_tokens_per_second: 50,
  visible_o200k_tokens_per_second: 48.4375,
  visible_characters_per_second: 234.375,
  outcome: 'length',
  quality: { event_loop_delay_max_ms: 1.5, gc_pause_max_ms: 0.8, tainted: [] },
}

const LEGACY_ERROR = {
  provider: 'groq',
  model_name: 'llama-3.1-8b-instant',
  ts: '2026-11-24 10:00:00',
  stage: 'generate',
  message: 'Error code: 503 - upstream gone',
  exc_type: 'InternalServerError',
  error_kind: 'transient_provider',
}

export const RESULT_EXAMPLES = {
  current: { summary: 'A result of schema 3', value: RESULT },
  legacy: { summary: 'A result of schema 2, its times without a zone meaning UTC', value: LEGACY_RESULT },
}

export const ERROR_EXAMPLES = {
  legacy: { summary: 'A failed attempt as older runners report it', value: LEGACY_ERROR },
}

export const BATCH_EXAMPLES = {
  mixed: {
    summary: 'A result and a failed attempt',
    value: {
      batch_id: '0192f0c1-7e5a-7cc3-98a5-6b1f3a0d9e12',
      items: [
        { kind: 'result', ...RESULT },
        { kind: 'error', ...LEGACY_ERROR, result_id: '0192f0c1-7e5a-7cc3-98a5-6b1f3a0d9e13' },
      ],
    },
  },
}

export const LISTING_EXAMPLES = {
  complete: {
    summary: 'All that a provider lists',
    value: {
      provider: 'groq',
      models: [{ model_id: 'llama-3.1-8b-instant', name: 'Llama 3.1 8B', raw: { context_window: 131072 } }],
      pagination_complete: true,
      started_at: '2026-11-24T10:00:00.000Z',
    },
  },
}

export const HEARTBEAT_EXAMPLES = {
  running: {
    summary: 'A runner at work',
    value: {
      runner_id: 'frankfurt-1',
      version: '0.1.0',
      region: 'eu-central-1',
      state: 'running',
      config_age_seconds: 12,
      outbox_depth: 0,
      outbox_oldest_age_seconds: null,
      dead_letters: 0,
    },
  },
}
