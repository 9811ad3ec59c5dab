/** OpenAI Chat Completions, the wire format most vendors speak, with the additions they make to it. */
import type { StreamEvent, Usage } from '../events.ts'
import { identityEvents, textEvents, wholeTextEvents } from '../events.ts'
import { finishEvents } from '../finish.ts'
import { asList, asRecord, isRecord, numericFacts } from '../json.ts'
import type { JsonRecord } from '../json.ts'
import type { Plan } from '../plan.ts'
import { servedEvents } from '../served.ts'
import { readContent, readReasoning } from './chat-reasoning.ts'
import type { Dialect, Message } from './dialect.ts'
import { readChatUsage, usageEvents } from './usage.ts'

export const CHAT_END_MARKS = ['[DONE]', '"finish_reason":"', '"finish_reason": "'] as const

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
    decode: decodeChatChunk,
    endMarks: CHAT_END_MARKS,
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

/** The events of one chunk. */
export function decodeChatChunk({ data: chunk }: Message): StreamEvent[] {
  const choices = asList(chunk['choices']).map(asRecord)
  return [
    ...identityEvents(chunk['id'], chunk['model']),
    ...choices.flatMap(choiceEvents),
    ...usagesOf(chunk, choices).flatMap(usageEvents),
    ...servedEvents(chunk),
    ...timingEvents(chunk),
  ]
}

/** Usage of a chunk: its own last, Groq's in `x_groq`, and (Moonshot) in the choice that it belongs to. */
function usagesOf(chunk: JsonRecord, choices: readonly JsonRecord[]): (Usage | null)[] {
  const inChoices = choices.flatMap((choice) => [choice['usage'], asRecord(choice['delta'])['usage']])
  return [...inChoices, asRecord(chunk['x_groq'])['usage'], chunk['usage']].map(readChatUsage)
}

function choiceEvents(choice: JsonRecord): StreamEvent[] {
  const delta = asRecord(choice['delta'])
  const refusal = textEvents(delta['refusal'])
  return [
    ...readReasoning(delta),
    ...readContent(isRecord(choice['delta']) ? delta['content'] : choice['text']),
    ...refusal,
    ...(refusal.length > 0 ? [{ type: 'refusal' as const }] : []),
    ...(isRecord(choice['delta'])
      ? []
      : wholeTextEvents(readContent(asRecord(choice['message'])['content']))),
    ...finishEvents(choice['finish_reason'] ?? choice['finishReason'] ?? delta['finish_reason']),
  ]
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
