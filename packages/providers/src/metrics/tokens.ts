/** Which token counts a run has, and from whom. Pure. */
import type { StampedEvent, Usage } from '../events.ts'
import type { ResultDocument, TokenSource } from '../result.ts'

export type TokenCounts = {
  readonly outputTokens: number
  readonly reasoningTokens: number | null
  readonly inputTokens: number | null
  readonly visibleTokens: number
  readonly visibleSource: NonNullable<ResultDocument['visible_token_source']>
  readonly source: TokenSource
}

/** The last non-null value of each count: usage comes in several places, more than once, and in pieces. */
export function mergeUsage(events: readonly StampedEvent[]): Usage {
  let merged: Usage = { inputTokens: null, outputTokens: null, reasoningTokens: null, totalTokens: null }
  for (const event of events) {
    if (event.type !== 'usage') continue
    const { inputTokens, outputTokens, reasoningTokens, totalTokens } = event.usage
    merged = {
      inputTokens: inputTokens ?? merged.inputTokens,
      outputTokens: outputTokens ?? merged.outputTokens,
      reasoningTokens: reasoningTokens ?? merged.reasoningTokens,
      totalTokens: totalTokens ?? merged.totalTokens,
    }
  }
  return merged
}

/**
 * The provider's counts where it reports them, else the tokenizer's, named as such. Reasoning tokens are only ever
 * the provider's; visible tokens are generated minus reasoning only when both are the provider's and fit together.
 */
export function countTokensOf(
  usage: Usage,
  texts: { readonly visible: string; readonly reasoning: string },
  providerSource: TokenSource,
  countTokens: (text: string) => number,
): TokenCounts {
  const { outputTokens, reasoningTokens, inputTokens } = usage
  const counted = countTokens(texts.visible)
  const estimate = { visibleTokens: counted, visibleSource: 'tiktoken_visible_text' as const }
  const known = { reasoningTokens, inputTokens }
  if (outputTokens === null) {
    const withReasoning = texts.reasoning !== ''
    return {
      ...known,
      ...estimate,
      outputTokens: counted + (withReasoning ? countTokens(texts.reasoning) : 0),
      source: withReasoning ? 'tiktoken_visible_plus_reasoning_text' : 'tiktoken_visible_text',
    }
  }
  if (outputTokens === 0 && texts.visible !== '') {
    return { ...known, ...estimate, outputTokens: counted, source: 'tiktoken_visible_fallback_zero_usage' }
  }
  const fits = reasoningTokens !== null && reasoningTokens <= outputTokens
  const visible = fits
    ? { visibleTokens: outputTokens - reasoningTokens, visibleSource: 'provider_usage' as const }
    : estimate
  return { ...known, ...visible, outputTokens, source: providerSource }
}
