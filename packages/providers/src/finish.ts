/** The words in which providers say that a stream is over, folded to one vocabulary. */
import type { StreamEvent } from './events.ts'
import type { FinishReason } from './result.ts'

const WORDS: Readonly<Record<FinishReason, readonly string[]>> = {
  stop: ['stop', 'end_turn', 'eos', 'completed', 'complete', 'stop_sequence', 'pause_turn'],
  length: ['length', 'max_tokens', 'incomplete:max_output_tokens', 'model_context_window_exceeded'],
  content_filter: [
    'content_filter',
    'content_filtered',
    'safety',
    'recitation',
    'prohibited_content',
    'blocklist',
    'spii',
    'image_safety',
    'guardrail_intervened',
    'refusal',
    'incomplete:content_filter',
  ],
  tool: ['tool_calls', 'tool_use', 'function_call'],
  error: [],
}

const FINISH_BY_WORD = new Map(
  Object.entries(WORDS).flatMap(([reason, words]) => words.map((word) => [word, reason as FinishReason])),
)

/** The normalised finish reason of a provider's word; a word nobody knows is `error`, so that it is seen. */
function normaliseFinish(word: string): FinishReason {
  return FINISH_BY_WORD.get(word.toLowerCase()) ?? 'error'
}

/** The finish a provider names as an event; nothing when it is null, missing or empty. */
export function finishEvents(word: unknown): StreamEvent[] {
  return typeof word === 'string' && word !== '' ? [{ type: 'finish', reason: normaliseFinish(word) }] : []
}
