/** From a scenario to the beats of its stream: what is said when, before any dialect has a say. */
import { nsOfMs } from './clock.ts'
import type { ScenarioSettings } from './scenario.ts'
import { countWords, wordsFrom } from './words.ts'

export type Beat = {
  readonly part: 'comment' | 'start' | 'empty' | 'reasoning' | 'text' | 'finish' | 'trailer'
  readonly text: string
  /** Nanoseconds after the request was read. */
  readonly offsetNs: bigint
}

export type Usage = {
  readonly inputTokens: number
  /** Reasoning included. */
  readonly outputTokens: number
  readonly reasoningTokens: number | null
}

/** The beats in order; offsets never fall. */
export function outlineBeats(settings: ScenarioSettings): Beat[] {
  const parts = [
    ...repeat('comment', settings.keepalive_comments),
    { part: 'start' as const, text: '' },
    ...repeat('empty', settings.empty_deltas),
    ...reasoningTexts(settings).map((text) => ({ part: 'reasoning' as const, text })),
    ...answerTexts(settings).map((text) => ({ part: 'text' as const, text })),
  ]
  const beats: Beat[] = []
  let offsetNs = nsOfMs(settings.first_delay_ms)
  for (const [index, part] of parts.entries()) {
    if (index > 0) offsetNs += nsOfMs(gapAfterMs(settings, index - 1))
    beats.push({ ...part, offsetNs })
  }
  offsetNs += nsOfMs(settings.finish_gap_ms ?? gapAfterMs(settings, parts.length - 1))
  beats.push({ part: 'finish', text: '', offsetNs })
  beats.push({ part: 'trailer', text: '', offsetNs: offsetNs + nsOfMs(settings.trailer_gap_ms) })
  return beats
}

/** What the answer reports as its usage. */
export function usageOf(settings: ScenarioSettings): Usage {
  const reasoned = sum(reasoningTexts(settings).map(countWords))
  const written = sum(answerTexts(settings).map(countWords))
  const {
    input_tokens: inputTokens,
    output_tokens: outputTokens,
    reasoning_tokens: reasoningTokens,
  } = settings
  return {
    inputTokens,
    outputTokens: outputTokens ?? reasoned + written,
    reasoningTokens: reasoningTokens === undefined ? reasoned : reasoningTokens,
  }
}

function gapAfterMs({ gaps_ms: gaps, gap_ms: gap }: ScenarioSettings, index: number): number {
  return gaps?.[Math.min(index, gaps.length - 1)] ?? gap
}

function reasoningTexts(settings: ScenarioSettings): string[] {
  return wordyDeltas(settings.reasoning_deltas, 0, settings)
}

function answerTexts(settings: ScenarioSettings): readonly string[] {
  return settings.texts ?? wordyDeltas(settings.deltas, settings.reasoning_deltas, settings)
}

function wordyDeltas(count: number, after: number, settings: ScenarioSettings): string[] {
  const size = settings.tokens_per_delta
  return Array.from({ length: count }, (_, index) =>
    wordsFrom((after + index) * size, size, settings.multibyte),
  )
}

function repeat(part: 'comment' | 'empty', count: number): Pick<Beat, 'part' | 'text'>[] {
  return Array.from({ length: count }, () => ({ part, text: '' }))
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
