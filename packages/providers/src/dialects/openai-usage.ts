/** Usage, faults and request fields that the OpenAI wire formats share. */
import type { ProviderFault } from '../errors.ts'
import type { StreamEvent, Usage } from '../events.ts'
import { asCount, asRecord, asText, isRecord, parseJson } from '../json.ts'

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
  return { inputTokens, outputTokens, reasoningTokens, totalTokens }
}

/** A usage object as an event; nothing where the provider sent null. */
export function usageEvents(usage: Usage | null): StreamEvent[] {
  return usage === null ? [] : [{ type: 'usage', usage }]
}

/**
 * An error in any of the shapes OpenAI-compatible servers use: `{error:{message,type,code}}`, `{error:"text"}`,
 * `{error_code,message}` (Databricks), `{object:"error",message}` (vLLM), `[{error:{…}}]` (Google). Null: it is none.
 */
export function readErrorBody(value: unknown): ProviderFault | null {
  const root = asRecord(Array.isArray(value) ? value[0] : value)
  const error = root['error']
  if (isRecord(error)) return readErrorObject(error)
  if (typeof error === 'string' && error !== '') return fault(error, null, root['error_type'], null)
  const said = root['message'] ?? root['detail']
  const named =
    (root['error_code'] ?? null) !== null || root['object'] === 'error' || root['type'] === 'error'
  if (!named) return null
  return fault(said, root['status'] ?? root['code'], root['type'], root['error_code'] ?? root['code'])
}

function readErrorObject(error: Readonly<Record<string, unknown>>): ProviderFault {
  const status = error['status_code'] ?? error['code']
  const reason = asText(asRecord(firstOf(error['details']))['reason'])
  const code = reason ?? error['code']
  const type = error['type'] ?? error['status']
  const upstream = asText(asRecord(error['metadata'])['raw'])
  const said = asText(error['message'])
  const message =
    said !== null && upstream !== null ? `${said}: ${upstream}` : (said ?? upstream ?? printed(error))
  return fault(message, status, type, code)
}

/** The JSON of it, or null where it is nested deeper than the stack is. */
function printed(value: unknown): string | null {
  try {
    return JSON.stringify(value)
  } catch {
    return null
  }
}

function firstOf(value: unknown): unknown {
  return Array.isArray(value) ? value.find((entry) => asText(asRecord(entry)['reason']) !== null) : undefined
}

function fault(message: unknown, status: unknown, type: unknown, code: unknown): ProviderFault {
  return {
    status: asHttpStatus(status),
    type: asText(type),
    code: typeof code === 'number' ? String(code) : asText(code),
    message: asText(message) ?? 'The provider reported an error and said nothing about it',
  }
}

/** A number or a string of digits that can be an HTTP status, or null. */
export function asHttpStatus(value: unknown): number | null {
  const number = typeof value === 'string' && /^\d{3}$/.test(value) ? Number(value) : value
  return typeof number === 'number' && Number.isInteger(number) && number >= 400 && number <= 599
    ? number
    : null
}

/** What an answer with an error status says; the status on the wire outranks the one in the body. */
export function readHttpFault(status: number, body: string): ProviderFault {
  const told = readErrorBody(parseJson(body))
  if (told !== null) return { ...told, status }
  const plain = asRecord(parseJson(body))
  const text = body
    .replace(/<[^<>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
  // Amazon's gateways write `Message` where its services write `message`.
  const said = asText(plain['message']) ?? asText(plain['Message'])
  const message = said ?? (text === '' ? `HTTP status ${status} without a body` : text)
  return { status, type: null, code: null, message }
}
