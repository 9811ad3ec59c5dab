/** Which token counts a run has, and from whom. Pure. */
import { NO_USAGE } from '../events.ts'
import type { StampedEvent, Usage } from '../events.ts'
import type { ResultDocument, TokenSource } from '../result.ts'

export type TokenCounts = {
  readonly outputTokens: number
  readonly reasoningTokens: number | null
  readonly inputTokens: number | null
  readonly cachedInputTokens: number | null
  readonly visibleTokens: number
  readonly visibleSource: NonNullable<ResultDocument['visible_token_source']>
  readonly source: TokenSource
}

/** What a stream held, as far as its counts can be judged by it. */
export type Held = {
  readonly visible: string
  readonly reasoning: string
  /** Whether there was reasoning that was not shown. */
  readonly hiddenReasoning: boolean
}

/**
 * A provider's count of a text without reasoning and the o200k_base count lie within this factor of each other. Beyond it
 * the one does not count what the other does: there was reasoning that neither the stream nor the usage shows, or the
 * provider's count is that of a part.
 */
const MOST_TOKENS_PER_COUNTED = 2
const MOST_EXTRA_TOKENS = 8

/**
 * The last non-null value of each count: usage comes in several places, more than once, and in pieces. A 0 behind another
 * value is none: what was counted does not go away. The visible tokens belong to the generated ones beside them.
 */
export function mergeUsage(events: readonly StampedEvent[]): Usage {
  const merged: { -readonly [Count in keyof Usage]: Usage[Count] } = { ...NO_USAGE }
  for (const event of events) {
    if (event.type !== 'usage') continue
    if ((event.usage.outputTokens ?? 0) > 0) merged.visibleTokens = null
    for (const [name, count] of Object.entries(event.usage) as [keyof Usage, number | null][])
      if (count !== null && (count > 0 || merged[name] === null)) merged[name] = count
  }
  return merged
}

/**
 * The provider's counts where it reports credible ones, else the tokenizer's, named as such. A count that cannot be
 * true is not reported: fewer generated tokens than the text has, 0 reasoning tokens beside reasoning text, a split into
 * reasoning and visible tokens that does not fit the visible text.
 */
export function countTokensOf(
  usage: Usage,
  held: Held,
  providerSource: TokenSource,
  countTokens: (text: string) => number,
): TokenCounts {
  const counted = countTokens(held.visible)
  const generated = counted + (held.reasoning === '' ? 0 : countTokens(held.reasoning))
  const known = {
    reasoningTokens: credibleReasoning(usage, held, counted),
    inputTokens: usage.inputTokens,
    cachedInputTokens: usage.cachedInputTokens,
  }
  const estimate = { visibleTokens: counted, visibleSource: 'tiktoken_visible_text' as const }
  const { outputTokens } = usage
  if (outputTokens === null || !suffices(outputTokens, generated)) {
    return { ...known, ...estimate, outputTokens: generated, source: ownSource(outputTokens, held) }
  }
  const visibleTokens = visibleUsage(usage, outputTokens, held, counted)
  const visible =
    visibleTokens === null ? estimate : { visibleTokens, visibleSource: 'provider_usage' as const }
  return { ...known, ...visible, outputTokens, source: providerSource }
}

/** The name of the tokenizer's count. */
function ownSource(reported: number | null, held: Held): TokenSource {
  if (reported === 0) return 'tiktoken_visible_fallback_zero_usage'
  return held.reasoning === '' ? 'tiktoken_visible_text' : 'tiktoken_visible_plus_reasoning_text'
}

function atMost(tokens: number): number {
  return MOST_TOKENS_PER_COUNTED * tokens + MOST_EXTRA_TOKENS
}

/** Whether so many tokens can be all of a text. */
function suffices(tokens: number, counted: number): boolean {
  return !(tokens === 0 && counted > 0) && counted <= atMost(tokens)
}

/** The reasoning tokens as they are reported, unless they leave too few for the visible text, or are 0 beside reasoning. */
function credibleReasoning(usage: Usage, held: Held, counted: number): number | null {
  const { reasoningTokens, outputTokens, visibleTokens } = usage
  if (reasoningTokens === null || outputTokens === null || visibleTokens !== null) return reasoningTokens
  if (reasoningTokens === 0) return held.reasoning === '' ? 0 : null
  const rest = outputTokens - reasoningTokens
  return rest < 0 || suffices(rest, counted) ? reasoningTokens : null
}

/** The provider's own count of the visible text, or null where it has none that fits the stream. */
function visibleUsage(usage: Usage, outputTokens: number, held: Held, counted: number): number | null {
  const { visibleTokens, reasoningTokens } = usage
  if (visibleTokens !== null) return visibleTokens === 0 && counted > 0 ? null : visibleTokens
  if (reasoningTokens !== null && reasoningTokens > 0) {
    // OpenAI rounds its reasoning tokens down, so what is left may be far more than the text.
    const rest = outputTokens - reasoningTokens
    return rest >= 0 && suffices(rest, counted) ? rest : null
  }
  if (held.reasoning !== '' || held.hiddenReasoning || held.visible === '') return null
  return outputTokens <= atMost(counted) ? outputTokens : null
}
