/** One SSE event. */
export function sse(data: unknown, event?: string): string {
  const name = event === undefined ? '' : `event: ${event}\n`
  return `${name}data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`
}

/** An OpenAI chat chunk with that delta. */
export function chatDelta(delta: Record<string, unknown>, finish: string | null = null): string {
  return sse({ id: 'chatcmpl-1', model: 'm-1', choices: [{ index: 0, delta, finish_reason: finish }] })
}

/** The usage chunk that OpenAI sends after the finish. */
export function chatUsage(usage: Record<string, unknown>): string {
  return sse({ id: 'chatcmpl-1', choices: [], usage })
}

/** An Anthropic event, named as its type. */
export function messageEvent(data: { readonly type: string } & Record<string, unknown>): string {
  return sse(data, data.type)
}

/** A Gemini message with those parts, ended as Google ends lines. */
export function geminiParts(parts: readonly unknown[], finishReason?: string): string {
  const candidate = {
    content: { role: 'model', parts },
    ...(finishReason === undefined ? {} : { finishReason }),
  }
  return `data: ${JSON.stringify({ candidates: [candidate] })}\r\n\r\n`
}
