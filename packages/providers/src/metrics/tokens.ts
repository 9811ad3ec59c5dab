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
 * A provider's count of a text without reasoning lies within this factor of the o200k_base count. Beyond it there was
 * reasoning that neither the stream nor the usage shows, so the count is not that of the visible text.
 */
const MOST_TOKENS_PER_COUNTED = 2
const MOST_EXTRA_TOKENS = 8

/** The last non-null value of each count: usage comes in several places, more than once, and in pieces. */
export function mergeUsage(events: readonly StampedEvent[]): Usage {
  const told = events.flatMap((event) => (event.type === 'usage' ? Object.entries(event.usage) : []))
  return {
    ...NO_USAGE,
    ...(Object.fromEntries(told.filter(([, count]) => count !== null)) as Partial<Usage>),
  }
}

/**
 * The provider's counts where it reports credible ones, else the tokenizer's, named as such. A count that cannot be
 * true is not reported: 0 generated tokens beside any text, 0 reasoning tokens beside reasoning text.
 */
export function countTokensOf(
  usage: Usage,
  held: Held,
  providerSource: TokenSource,
  countTokens: (text: string) => number,
): TokenCounts {
  const counted = countTokens(held.visible)
  const reasoned = held.reasoning !== ''
  const reasoningTokens = usage.reasoningTokens === 0 && reasoned ? null : usage.reasoningTokens
  const known = {
    reasoningTokens,
    inputTokens: usage.inputTokens,
    cachedInputTokens: usage.cachedInputTokens,
  }
  const estimate = { visibleTokens: counted, visibleSource: 'tiktoken_visible_text' as const }
  const zero = usage.outputTokens === 0 && (reasoned || held.visible !== '')
  if (usage.outputTokens === null || zero) {
    const source = reasoned ? 'tiktoken_visible_plus_reasoning_text' : 'tiktoken_visible_text'
    return {
      ...known,
      ...estimate,
      outputTokens: counted + (reasoned ? countTokens(held.reasoning) : 0),
      source: zero ? 'tiktoken_visible_fallback_zero_usage' : source,
    }
  }
  const visibleTokens = visibleUsage({ ...usage, reasoningTokens }, usage.outputTokens, held, counted)
  const visible =
    visibleTokens === null ? estimate : { visibleTokens, visibleSource: 'provider_usage' as const }
  return { ...known, ...visible, outputTokens: usage.outputTokens, source: providerSource }
}

/** The provider's own count of the visible text, or null where it has none that fits the stream. */
function visibleUsage(usage: Usage, outputTokens: number, held: Held, counted: number): number | null {
  if (usage.visibleTokens !== null) return usage.visibleTokens
  if (usage.reasoningTokens !== null && usage.reasoningTokens > 0) {
    return usage.reasoningTokens <= outputTokens ? outputTokens - usage.reasoningTokens : null
  }
  if (held.reasoning !== '' || held.hiddenReasoning || held.visible === '') return null
  if (usage.reasoningTokens === 0) return outputTokens
  return outputTokens <= MOST_TOKENS_PER_COUNTED * counted + MOST_EXTRA_TOKENS ? outputTokens : null
}
