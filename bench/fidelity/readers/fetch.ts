import { chatRequest, KEY, plainReader, stampNow } from '../reader.ts'
import type { Reader, Target } from '../reader.ts'

/** What most people write: read, decode, split, parse, look, in one loop. */
export function createReader({ address }: Target): Reader {
  return plainReader(async (model) => {
    const body = JSON.stringify(chatRequest(model))
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${KEY}` }
    const response = await fetch(`${address}/openai/v1/chat/completions`, { method: 'POST', headers, body })
    const stampsNs: string[] = []
    const decoder = new TextDecoder()
    let pending = ''
    for await (const bytes of response.body ?? []) {
      pending += decoder.decode(bytes as Uint8Array, { stream: true })
      const events = pending.split('\n\n')
      pending = events.pop() ?? ''
      for (const event of events) if (hasText(event.replace(/^data: /, ''))) stampsNs.push(stampNow())
    }
    return { requestId: response.headers.get('x-request-id') ?? '', stampsNs, tainted: false }
  })
}

function hasText(data: string): boolean {
  if (data === '[DONE]') return false
  const chunk = JSON.parse(data) as { choices: { delta?: { content?: string } }[] }
  return Boolean(chunk.choices[0]?.delta?.content)
}
