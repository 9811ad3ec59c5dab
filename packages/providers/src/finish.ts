/** The words in which providers say that a stream is over, folded to one vocabulary. */
import type { StreamEvent } from './events.ts'
import type { FinishReason } from './result.ts'

const WORDS: Readonly<Record<FinishReason, readonly string[]>> = {
  stop: [
    'stop',
    'end_turn',
    'eos',
    'eos_token',
    'eos_found',
    'completed',
    'complete',
    'stop_sequence',
    'stop_token',
  ].concat(['pause_turn', 'end_of_turn', 'end', 'done', 'finished', 'finish', 'normal', 'success']),
  // A response that is incomplete without a reason reached some limit: what it holds is a good measurement.
  length: [
    'length',
    'max_tokens',
    'max_length',
    'max_output_tokens',
    'model_length',
    'token_limit',
    'error_limit',
  ]
    .concat(['incomplete', 'incomplete:max_output_tokens', 'incomplete:max_tokens', 'incomplete:length'])
    .concat([
      'model_context_window_exceeded',
      'context_window_exceeded',
      'context_length',
      'context_length_exceeded',
    ]),
  content_filter: [
    'content_filter',
    'content_filtered',
    'contentfilter',
    'safety',
    'recitation',
    'blocklist',
    'spii',
  ]
    .concat([
      'prohibited_content',
      'image_safety',
      'image_recitation',
      'image_prohibited_content',
      'model_armor',
    ])
    .concat([
      'guardrail_intervened',
      'refusal',
      'incomplete:content_filter',
      'sensitive',
      'error_toxic',
      'moderation',
    ])
    .concat(['content_moderation', 'blocked']),
  tool: ['tool_calls', 'tool_call', 'tool_use', 'function_call', 'function_calls'],
  error: [],
}

const FINISH_BY_WORD = new Map(
  Object.entries(WORDS).flatMap(([reason, words]) => words.map((word) => [word, reason as FinishReason])),
)
/** Said while an answer goes on. */
const NO_FINISH = new Set(['', 'null', 'none', 'unspecified', 'not_finished', 'in_progress'])

/**
 * The finish a provider names as an event; nothing when it is null, missing, empty or says that nothing has finished.
 * A word that nobody knows is `error`, so that it is seen. `FINISH_REASON_STOP` and `FinishReason.STOP` are `STOP`.
 */
export function finishEvents(word: unknown): StreamEvent[] {
  if (typeof word !== 'string') return []
  const plain = word
    .trim()
    .toLowerCase()
    .replace(/^finish_?reason[._]/, '')
    .replaceAll('-', '_')
  if (NO_FINISH.has(plain)) return []
  return [{ type: 'finish', reason: FINISH_BY_WORD.get(plain) ?? 'error', word: word.trim() }]
}
