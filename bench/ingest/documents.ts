import { randomBytes } from 'node:crypto'

export const MODEL = { provider: 'groq', modelId: 'llama-3.1-8b-instant' } as const

const GAPS = Array.from({ length: 63 }, (_, index) => 0.012 + (index % 7) * 0.001)

/** A result as the runner sends it, about 2 KB, without the id that makes each one its own. */
const RESULT = {
  metrics_schema_version: 3,
  protocol_version: 1,
  provider: MODEL.provider,
  model_name: MODEL.modelId,
  benchmark_profile_id: 'cloud-default-v1',
  request_mode: 'chat_completions_stream',
  attempt: 1,
  region: 'eu-central-1',
  runner_version: '0.1.0',
  temperature: 0.1,
  requested_tokens: 64,
  outcome: 'length',
  finish_reason: 'length',
  time_to_first_byte: 0.18,
  time_to_first_token: 0.21,
  generate_time: 1.28,
  total_time: 1.31,
  output_tokens: 64,
  generated_output_tokens: 64,
  visible_output_tokens: 64,
  visible_characters: 300,
  visible_stream_chunks: 64,
  token_source: 'provider_usage_completion_tokens',
  tokens_per_second: 50,
  times_between_tokens: GAPS,
  stream_shape: 'streamed',
  longest_gap_seconds: 0.018,
  stalls: 0,
  quality: { event_loop_delay_max_ms: 1.5, gc_pause_max_ms: 0.8, tainted: [] },
  connection: {
    dns_seconds: 0.002,
    tcp_seconds: 0.01,
    tls_seconds: 0.02,
    remote_address: '192.0.2.7',
    http_version: '1.1',
    tls_version: 'TLSv1.3',
    proxy: false,
  },
}

/** A result as the Python predecessor sends it, the one sender of single posts; about 0.5 KB. */
const LEGACY_RESULT = {
  metrics_schema_version: 2,
  provider: MODEL.provider,
  model_name: MODEL.modelId,
  temperature: 0.1,
  misc: {},
  requested_tokens: 64,
  output_tokens: 64,
  generate_time: 1.28,
  tokens_per_second: 50,
  time_to_first_token: 0.21,
  times_between_tokens: GAPS.slice(0, 3),
}

/** Who a document looks like it comes from: this project's runner or its predecessor. */
export type Sender = 'runner' | 'predecessor'

export type Documents = {
  /** Documents that no other call and no other process made. */
  readonly next: () => Record<string, unknown>
  /** The same as JSON, put together from parts so that making it costs the client next to nothing. */
  readonly nextJson: (kind?: 'result') => string
}

export function createDocuments(sender: Sender = 'runner'): Documents {
  const run = randomBytes(6).toString('hex')
  const ranAt = new Date(Date.now() - 60_000)
  const document = sender === 'runner' ? RESULT : LEGACY_RESULT
  const tail = JSON.stringify({ ...document, run_ts: timeOf(ranAt, sender) }).slice(1)
  let count = 0
  const id = (): string => `bench-${run}-${(count += 1)}`
  return {
    next: () => ({ ...document, run_ts: ranAt, result_id: id() }),
    nextJson: (kind) => `{"result_id":"${id()}",${kind === undefined ? '' : `"kind":"${kind}",`}${tail}`,
  }
}

const timeOf = (at: Date, sender: Sender): string =>
  sender === 'runner' ? at.toISOString() : at.toISOString().slice(0, 19).replace('T', ' ')
