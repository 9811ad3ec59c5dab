/** OpenAI Chat Completions, the wire format most vendors speak, with the additions they make to it. */
import type { StreamEvent } from '../events.ts'
import { identityEvents, reasoningEvents, textEvents } from '../events.ts'
import { finishEvents } from '../finish.ts'
import type { Frame } from '../framing/frame.ts'
import { asList, asRecord, asText, isRecord, numericFacts, parseJson } from '../json.ts'
import type { JsonRecord } from '../json.ts'
import type { Plan } from '../plan.ts'
import type { Dialect } from './dialect.ts'
import { readChatUsage, readErrorBody, readHttpFault, usageEvents } from './openai-usage.ts'

/** How vendors differ in what they accept. */
export type ChatOptions = {
  /** The name of the cap: `max_tokens`, or `max_completion_tokens` where the older name is refused. */
  readonly cap: 'max_tokens' | 'max_completion_tokens'
  /** False where the vendor reports usage unasked or refuses the option. */
  readonly streamOptions: boolean
  readonly path?: string
}

/** The dialect with a vendor's options. */
export function openaiChat(options: ChatOptions = { cap: 'max_tokens', streamOptions: true }): Dialect {
  return {
    mode: 'chat',
    requestMode: 'chat_completions_stream',
    framing: 'sse',
    tokenSource: 'provider_usage_completion_tokens',
    path: () => options.path ?? '/chat/completions',
    body: (plan) => chatBody(plan, options),
    createDecoder: () => decodeChatFrame,
    readFault: (status, _headers, body) => readHttpFault(status, body),
  }
}

function chatBody({ model, profile, metadata }: Plan, options: ChatOptions): Record<string, unknown> {
  return {
    model,
    messages: [{ role: 'user', content: profile.prompt }],
    [options.cap]: profile.maxOutputTokens,
    ...(metadata.omit_temperature === true ? {} : { temperature: profile.temperature }),
    ...(metadata.reasoning_effort === undefined ? {} : { reasoning_effort: metadata.reasoning_effort }),
    stream: true,
    ...(options.streamOptions ? { stream_options: { include_usage: true } } : {}),
    ...metadata.additional_model_request_fields,
  }
}

/** The events of one frame. */
export function decodeChatFrame(frame: Frame): StreamEvent[] {
  if (frame.data.trim() === '[DONE]') return []
  const chunk = parseJson(frame.data)
  if (frame.kind === 'fault' || frame.name === 'error')
    return [{ type: 'error', fault: faultOf(chunk, frame.data) }]
  if (!isRecord(chunk)) return [{ type: 'malformed', detail: 'A chunk is no JSON object' }]
  const fault = readErrorBody(chunk)
  return [
    ...identityEvents(chunk['id'], chunk['model']),
    ...asList(chunk['choices']).flatMap((choice) => choiceEvents(asRecord(choice))),
    ...usageEvents(readChatUsage(asRecord(chunk['x_groq'])['usage'])),
    ...usageEvents(readChatUsage(chunk['usage'])),
    ...timingEvents(chunk),
    ...(fault === null ? [] : [{ type: 'error' as const, fault }]),
  ]
}

function faultOf(chunk: unknown, data: string) {
  const told = readErrorBody(chunk)
  if (told !== null) return told
  const message = asText(asRecord(chunk)['message']) ?? (data.trim() || 'An error event without words')
  return {
    status: null,
    type: asText(asRecord(chunk)['type']),
    code: asText(asRecord(chunk)['code']),
    message,
  }
}

function choiceEvents(choice: JsonRecord): StreamEvent[] {
  const delta = asRecord(choice['delta'])
  const refusal = textEvents(delta['refusal'])
  return [
    // vLLM renamed the field and sent both for a while, with the same text: one of them is read.
    ...reasoningEvents(asText(delta['reasoning']) ?? delta['reasoning_content']),
    ...contentEvents(delta['content']),
    ...refusal,
    ...(refusal.length > 0 ? [{ type: 'refusal' as const }] : []),
    ...finishEvents(choice['finish_reason']),
  ]
}

/** Content is a string, or (Databricks, Mistral) a list of typed parts, also in deltas. */
function contentEvents(content: unknown): StreamEvent[] {
  if (!Array.isArray(content)) return textEvents(content)
  return content.flatMap((entry) => {
    const part = asRecord(entry)
    if (part['type'] === 'text') return textEvents(part['text'])
    if (part['type'] === 'reasoning') return summaryEvents(part['summary'])
    if (part['type'] === 'thinking') return summaryEvents(part['thinking'])
    return []
  })
}

function summaryEvents(summary: unknown): StreamEvent[] {
  if (!Array.isArray(summary)) return reasoningEvents(summary)
  return reasoningEvents(summary.map((entry) => asText(asRecord(entry)['text']) ?? '').join(''))
}

/** What vendors say about their own time: Groq in the usage, Cerebras, llama.cpp, Azure, Fireworks and GPUStack beside it. */
function timingEvents(chunk: JsonRecord): StreamEvent[] {
  const usage = numericFacts(chunk['usage'])
  const own = Object.entries(usage).filter(([name]) => /_time$|_ms$|_per_second$/.test(name))
  const timing = {
    ...Object.fromEntries(own),
    ...numericFacts(asRecord(chunk['usage'])['latency_checkpoint']),
    ...numericFacts(chunk['latency_checkpoint']),
    ...numericFacts(chunk['time_info']),
    ...numericFacts(chunk['timings']),
    ...numericFacts(chunk['perf_metrics']),
  }
  return Object.keys(timing).length > 0 ? [{ type: 'server-timing', timing }] : []
}
