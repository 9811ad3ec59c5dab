/** Token counts of the OpenAI wire formats. */
import { NO_USAGE } from '../events.ts'
import type { StreamEvent, Usage } from '../events.ts'
import { asCount, asRecord, firstKnown, isRecord } from '../json.ts'
import type { JsonRecord } from '../json.ts'

/** Totals of some proxies are a few tokens off. */
const MOST_TOKENS_OFF = 8

/** The sum of those that are known. */
export function sumKnown(counts: readonly (number | null)[]): number {
  return counts.reduce<number>((sum, count) => sum + (count ?? 0), 0)
}

/** What a total counts beyond the tokens that are counted apart: it was generated too. Never below 0. */
export function uncountedTokens(total: number | null, counted: readonly (number | null)[]): number {
  return Math.max(0, (total ?? 0) - sumKnown(counted))
}

/**
 * Chat and legacy completions usage. `completion_tokens` holds the reasoning, except where the reported total shows
 * that it does not (prompt + completion + reasoning = total): then it is added. Where no reasoning is reported, as by
 * some translations of Gemini, the total may show that more was generated: `completion_tokens` then are the visible ones.
 */
export function readChatUsage(value: unknown): Usage | null {
  if (!isRecord(value)) return null
  const inputTokens = asCount(value['prompt_tokens']) ?? asCount(value['input_tokens'])
  const completionTokens = asCount(value['completion_tokens']) ?? asCount(value['output_tokens'])
  const totalTokens = asCount(value['total_tokens'])
  const reasoningTokens = reasoningOf(value)
  // DeepSeek and Moonshot count what came from a cache beside the prompt, OpenAI in its details.
  const cachedInputTokens =
    asCount(asRecord(value['prompt_tokens_details'])['cached_tokens']) ??
    asCount(value['prompt_cache_hit_tokens']) ??
    asCount(value['cached_tokens'])
  const usage = { ...NO_USAGE, inputTokens, reasoningTokens, totalTokens, cachedInputTokens }
  if (completionTokens === null) return usage
  if ((reasoningTokens ?? 0) > 0) {
    const apart = totalTokens === (inputTokens ?? 0) + completionTokens + (reasoningTokens ?? 0)
    return { ...usage, outputTokens: completionTokens + (apart ? (reasoningTokens ?? 0) : 0) }
  }
  const uncounted = inputTokens === null ? 0 : uncountedTokens(totalTokens, [inputTokens, completionTokens])
  return uncounted <= MOST_TOKENS_OFF
    ? { ...usage, outputTokens: completionTokens }
    : { ...usage, outputTokens: completionTokens + uncounted, visibleTokens: completionTokens }
}

function reasoningOf(usage: JsonRecord): number | null {
  const places = [usage['completion_tokens_details'], usage['output_tokens_details'], usage]
  return firstKnown(places.map((place) => asCount(asRecord(place)['reasoning_tokens'])))
}

/** A usage object as an event; nothing where the provider sent null. */
export function usageEvents(usage: Usage | null): StreamEvent[] {
  return usage === null ? [] : [{ type: 'usage', usage }]
}
