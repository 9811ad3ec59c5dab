/** The `delta` of a chat chunk, by the ways in which vendors tell reasoning. */
import type { ScenarioSettings } from '../scenario.ts'
import { textTruth } from './dialect.ts'
import type { WireEvent } from './dialect.ts'

export type ChatDelta = {
  readonly content: Readonly<Record<string, unknown>>
  readonly truth: Omit<WireEvent, 'bytes'>
}

export type ChatDeltas = {
  readonly reasoning: (text: string) => ChatDelta[]
  readonly text: (text: string) => ChatDelta[]
  /** What has to come before the finish: an open `<think>` without a text after it. */
  readonly closing: () => ChatDelta[]
}

/** The deltas of one answer. Without a role chunk each of them carries the role, as Together's do. */
export function chatDeltas(settings: ScenarioSettings): ChatDeltas {
  const field = settings.reasoning_field
  const role = settings.role_chunk ? {} : { role: 'assistant' }
  let thinking = false

  function text(words: string): ChatDelta[] {
    const content = field === 'content_parts' && words !== '' ? [{ type: 'text', text: words }] : words
    return [{ content: { ...role, content }, truth: textTruth(words) }]
  }

  function reasoning(words: string): ChatDelta[] {
    const truth = { kinds: ['reasoning'] as const, reasoning: words }
    const say = (content: ChatDelta['content']): ChatDelta[] => [{ content: { ...role, ...content }, truth }]
    switch (field) {
      case 'reasoning':
      case 'reasoning_text':
        return say({ reasoning: words })
      case 'reasoning_content':
        return say({ content: null, reasoning_content: words })
      case 'both':
        return say({ reasoning: words, reasoning_content: words })
      case 'reasoning_details':
        return say({
          content: '',
          reasoning: words,
          reasoning_details: [{ type: 'reasoning.text', text: words, index: 0, format: null }],
        })
      case 'content_parts':
        return say({
          content: [{ type: 'reasoning', summary: [{ type: 'summary_text', text: words }] }],
        })
      case 'think_tags':
        return text(openTag() + words)
      case 'redacted':
        return []
    }
  }

  function openTag(): string {
    const tag = thinking ? '' : '<think>'
    thinking = true
    return tag
  }
  function closeTag(): string {
    const tag = thinking ? '</think>' : ''
    thinking = false
    return tag
  }

  return {
    reasoning,
    text: (words) => text(words === '' ? '' : closeTag() + words),
    closing: () => (thinking ? text(closeTag()) : []),
  }
}
