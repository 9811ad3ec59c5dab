import { randomUUID } from 'node:crypto'

export const MODEL = { provider: 'groq', modelId: 'llama-3.1-8b-instant' } as const

/** A result as this project's runner sends it, measured a minute ago. */
export const result = (): Readonly<Record<string, unknown>> => ({
  result_id: randomUUID(),
  metrics_schema_version: 3,
  provider: MODEL.provider,
  model_name: MODEL.modelId,
  benchmark_profile_id: 'cloud-default-v1',
  run_ts: new Date(Date.now() - 60_000).toISOString(),
  output_tokens: 64,
  visible_output_tokens: 64,
  visible_characters: 300,
  generate_time: 1.28,
  tokens_per_second: 50,
  outcome: 'length',
  quality: { event_loop_delay_max_ms: 1.5, gc_pause_max_ms: 0.8, tainted: [] },
})

/** POSTs JSON; the answer's status and body. */
export async function post(
  url: string,
  key: string,
  body: unknown,
): Promise<{ readonly status: number; readonly body: Readonly<Record<string, unknown>> }> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
}
