/** Where chat says its usage: on which chunks, under which names. */
import type { Usage } from '../outline.ts'
import { countWords } from '../words.ts'
import type { Answer, WireEvent } from './dialect.ts'

type Json = Readonly<Record<string, unknown>>
type Placed = { readonly fields: Json; readonly reported?: Usage }
type After = {
  readonly choices: readonly Json[]
  readonly fields: Json
  readonly truth: Omit<WireEvent, 'bytes'>
}

export type UsagePlaces = {
  /** On a delta with these words. */
  readonly onDelta: (text: string) => Placed
  readonly onFinish: () => Placed
  /** The chunk between the finish and the done marker, or null. */
  readonly afterFinish: (choice: (delta: Json, finish: string | null) => Json, finish: string) => After | null
  readonly total: Json
}

/** The usage of one answer in the scenario's places. */
export function createUsagePlaces(answer: Answer): UsagePlaces {
  const { usage, settings } = answer
  const placement = settings.usage_placement ?? 'choices_empty_chunk'
  const total = chatUsage(usage)
  const beside = settings.usage_chunk_fields
  const final: Placed = { fields: { usage: total, ...beside }, reported: usage }
  const groq = { ...total, ...groqTimes(answer) }
  const groqId = { id: `req_${answer.runId}` }
  let words = 0
  let opened = false

  function onDelta(text: string): Placed {
    words += countWords(text)
    switch (placement) {
      case 'choices_empty_chunk':
        return { fields: { usage: null } }
      case 'every_chunk_cumulative': {
        const soFar = { ...usage, outputTokens: Math.min(words, usage.outputTokens), reasoningTokens: null }
        return { fields: { usage: chatUsage(soFar) }, reported: soFar }
      }
      case 'every_chunk_null_until_finish':
        return { fields: { usage: { ...total, completion_tokens: null, total_tokens: null } } }
      case 'x_groq_and_final':
      case 'x_groq_only': {
        const first = !opened
        opened = true
        return { fields: first ? { x_groq: groqId } : {} }
      }
      case 'finish_chunk':
      case 'after_finish_with_choice':
      case 'repeated_after_finish':
      case 'none':
        return { fields: {} }
    }
  }

  function onFinish(): Placed {
    switch (placement) {
      case 'finish_chunk':
      case 'every_chunk_cumulative':
      case 'every_chunk_null_until_finish':
        return final
      case 'x_groq_and_final':
        return { fields: { x_groq: { ...groqId, usage: groq }, usage: groq, ...beside }, reported: usage }
      case 'x_groq_only':
        return { fields: { x_groq: { ...groqId, usage: groq }, ...beside }, reported: usage }
      case 'choices_empty_chunk':
        return { fields: { usage: null } }
      case 'after_finish_with_choice':
      case 'repeated_after_finish':
      case 'none':
        return { fields: {} }
    }
  }

  const afterFinish: UsagePlaces['afterFinish'] = (choice, finish) => {
    const truth = { kinds: ['usage'] as const, usage }
    if (placement === 'choices_empty_chunk') return { choices: [], fields: final.fields, truth }
    if (placement === 'x_groq_and_final') return { choices: [], fields: { usage: groq, ...beside }, truth }
    const emptyDelta = { role: 'assistant', content: '' }
    if (placement === 'after_finish_with_choice')
      return { choices: [choice(emptyDelta, null)], fields: final.fields, truth }
    if (placement === 'repeated_after_finish')
      return {
        choices: [choice(emptyDelta, finish)],
        fields: final.fields,
        truth: { ...truth, kinds: ['usage', 'finish'] },
      }
    return null
  }

  return { onDelta, onFinish, afterFinish, total }
}

/** Usage under chat's names. */
export function chatUsage({ inputTokens, outputTokens, reasoningTokens }: Usage): Json {
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
    ...(reasoningTokens === null ? {} : { completion_tokens_details: { reasoning_tokens: reasoningTokens } }),
  }
}

/** Groq tells its own times, in seconds. */
function groqTimes({ settings, durationMs }: Answer): Json {
  const queue = Math.min(settings.first_delay_ms, 1) / 1000
  const prompt = settings.first_delay_ms / 1000 - queue
  const completion = (durationMs - settings.first_delay_ms) / 1000
  return {
    queue_time: queue,
    prompt_time: prompt,
    completion_time: completion,
    total_time: prompt + completion,
  }
}
