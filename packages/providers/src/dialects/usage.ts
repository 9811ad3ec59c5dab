/** Token counts of the OpenAI wire formats. */
import { NO_USAGE } from '../events.ts'
import type { StreamEvent, Usage } from '../events.ts'
import { asCount, asRecord, isRecord } from '../json.ts'

/**
 * Chat and legacy completions usage. `completion_tokens` holds the reasoning, except where the reported total shows
 * that it does not (prompt + completion + reasoning = total): then it is added.
 */
export function readChatUsage(value: unknown): Usage | null {
  if (!isRecord(value)) return null
  const inputTokens = asCount(value['prompt_tokens'])
  const completionTokens = asCount(value['completion_tokens'])
  const totalTokens = asCount(value['total_tokens'])
  const details = asRecord(value['completion_tokens_details'])
  const reasoningTokens = asCount(details['reasoning_tokens']) ?? asCount(value['reasoning_tokens'])
  const apart =
    completionTokens !== null &&
    reasoningTokens !== null &&
    reasoningTokens > 0 &&
    totalTokens === (inputTokens ?? 0) + completionTokens + reasoningTokens
  const outputTokens = apart ? completionTokens + reasoningTokens : completionTokens
  // DeepSeek and Moonshot count what came from a cache beside the prompt, OpenAI in its details.
  const cachedInputTokens =
    asCount(asRecord(value['prompt_tokens_details'])['cached_tokens']) ??
    asCount(value['prompt_cache_hit_tokens']) ??
    asCount(value['cached_tokens'])
  return { ...NO_USAGE, inputTokens, outputTokens, reasoningTokens, totalTokens, cachedInputTokens }
}

/** A usage object as an event; nothing where the provider sent null. */
export function usageEvents(usage: Usage | null): StreamEvent[] {
  return usage === null ? [] : [{ type: 'usage', usage }]
}
