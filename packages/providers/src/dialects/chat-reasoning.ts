/** Where servers that speak OpenAI chat put the model's reasoning: a field of its own, of some name, or typed parts. */
import { reasoningEvents, textEvents } from '../events.ts'
import type { StreamEvent } from '../events.ts'
import { asList, asRecord, asText, isRecord } from '../json.ts'
import type { JsonRecord } from '../json.ts'

/** Names of the field, in the order in which one is chosen: some servers send the same text under two of them. */
const FIELDS = ['reasoning', 'reasoning_content', 'reasoning_text', 'thinking', 'thought'] as const
/** Lists of typed pieces beside or in place of the field (OpenRouter, LiteLLM). */
const LISTS = ['reasoning_details', 'thinking_blocks'] as const

/** The reasoning of one delta, read from one place only. Encrypted reasoning is reasoning without text. */
export function readReasoning(delta: JsonRecord): StreamEvent[] {
  for (const field of FIELDS) {
    const events = reasoningEvents(fieldText(delta[field]))
    if (events.length > 0) return events
  }
  for (const list of LISTS) {
    const events = asList(delta[list]).flatMap((piece) => pieceEvents(asRecord(piece)))
    if (events.length > 0) return events
  }
  return asText(delta['reasoning_opaque']) === null ? [] : [{ type: 'redacted-reasoning' }]
}

/** The text of a field that holds an object or a list of pieces; any other value as it is. */
function fieldText(value: unknown): unknown {
  if (isRecord(value)) return textOf(value)
  return Array.isArray(value) ? (textOf({ content: value }) ?? value) : value
}

/** Content is a string, one typed part, or (Databricks, Mistral) a list of them, also in deltas. */
export function readContent(content: unknown): StreamEvent[] {
  if (isRecord(content)) return partEvents(content)
  if (!Array.isArray(content)) return textEvents(content)
  return content.flatMap((part) => (isRecord(part) ? partEvents(part) : textEvents(part)))
}

function partEvents(part: JsonRecord): StreamEvent[] {
  const type = asText(part['type']) ?? 'text'
  if (/reason|think|summary/.test(type)) return pieceEvents(part)
  if (type.endsWith('text')) return textEvents(isRecord(part['text']) ? part['text']['value'] : part['text'])
  if (type === 'refusal') return [...textEvents(part['refusal']), { type: 'refusal' }]
  // Tool calls, references and the like are no text.
  return []
}

function pieceEvents(piece: JsonRecord): StreamEvent[] {
  const text = textOf(piece)
  if (text !== null) return reasoningEvents(text)
  if (asText(piece['data']) !== null || asText(piece['encrypted_content']) !== null)
    return [{ type: 'redacted-reasoning' }]
  return asText(piece['signature']) === null ? [] : [{ type: 'signed-reasoning' }]
}

/** `text`, `summary`, `thinking` …: a text, or a list of texts and of pieces that hold one. */
function textOf(piece: JsonRecord): string | null {
  for (const key of ['text', 'summary', 'thinking', 'content', 'reasoning']) {
    const value = piece[key]
    if (!Array.isArray(value)) {
      if (asText(value) !== null) return asText(value)
      continue
    }
    const joined = value.map((entry) => asText(entry) ?? asText(asRecord(entry)['text']) ?? '').join('')
    if (joined !== '') return joined
  }
  return null
}
