/** The words in which providers say that a stream is over, folded to one vocabulary. */
import type { StreamEvent } from './events.ts'
import { isRecord } from './json.ts'
import type { FinishReason } from './result.ts'

const words = (text: string): readonly string[] => text.trim().split(/\s+/)

const WORDS: Readonly<Record<FinishReason, readonly string[]>> = {
  stop: words(`stop end_turn eos eos_token eos_found end_of_text endoftext end_of_sequence end_of_turn eot completed
    complete stop_sequence stop_token stop_str stop_word stopped pause_turn end done finished finish normal success`),
  // A response that is incomplete without a reason reached some limit: what it holds is a good measurement.
  length:
    words(`length max_tokens max_length max_new_tokens max_output_tokens max_completion_tokens max_output_length
    model_length length_limit token_limit token_limit_reached error_limit incomplete incomplete:max_output_tokens
    incomplete:max_tokens incomplete:length model_context_window_exceeded context_window_exceeded context_length
    context_length_exceeded`),
  content_filter: words(`content_filter content_filtered contentfilter safety recitation blocklist spii
    prohibited_content image_safety image_recitation image_prohibited_content model_armor guardrail_intervened refusal
    incomplete:content_filter sensitive error_toxic moderation content_moderation blocked`),
  tool: words('tool_calls tool_call tool_use function_call function_calls'),
  error: [],
}

const FINISH_BY_WORD = new Map(
  Object.entries(WORDS).flatMap(([reason, words]) => words.map((word) => [word, reason as FinishReason])),
)
/** Said while an answer goes on. */
const NO_FINISH = new Set(['', 'null', 'none', 'unspecified', 'not_finished', 'in_progress'])

/** A token of a model's own that ends a turn. */
const END_TOKEN = /^<[|/]?\w{1,32}\|?>$/

/**
 * The finish a provider names as an event; nothing when it is null, missing, empty or says that nothing has finished.
 * A word that nobody knows is `error`, so that it is seen. `FINISH_REASON_STOP`, `FinishReason.STOP`, `{ type: 'stop' }`
 * and a token such as `<|im_end|>` are `stop`, `maxTokens` is `max_tokens`, and `content_filter: SAFETY` a filter.
 */
export function finishEvents(value: unknown): StreamEvent[] {
  const word = isRecord(value) ? (value['type'] ?? value['reason']) : value
  if (typeof word !== 'string') return []
  const plain = word
    .trim()
    .replaceAll(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/^finish_?reason[._]/, '')
    .replaceAll('-', '_')
  if (NO_FINISH.has(plain)) return []
  return [{ type: 'finish', reason: reasonOf(plain), word: word.trim() }]
}

function reasonOf(plain: string): FinishReason {
  if (plain.startsWith('content_filter:')) return 'content_filter'
  return END_TOKEN.test(plain) ? 'stop' : (FINISH_BY_WORD.get(plain) ?? 'error')
}
