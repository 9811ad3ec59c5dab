import { Anthropic } from '@anthropic-ai/sdk'
import { chatRequest, KEY, plainReader, stampNow } from '../reader.ts'
import type { Reader, Target } from '../reader.ts'

/** The official SDK's iterator, over its own wire format. */
export function createReader({ address }: Target): Reader {
  const client = new Anthropic({ apiKey: KEY, baseURL: address, maxRetries: 0 })
  return plainReader(async (model) => {
    const { data, response } = await client.messages.create(chatRequest(model)).withResponse()
    const stampsNs: string[] = []
    for await (const event of data) {
      if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') stampsNs.push(stampNow())
    }
    return { requestId: response.headers.get('request-id') ?? '', stampsNs, tainted: false }
  })
}
