import { OpenAI } from 'openai'
import { chatRequest, KEY, plainReader, stampNow } from '../reader.ts'
import type { Reader, Target } from '../reader.ts'

/** The official SDK's iterator. */
export function createReader({ address }: Target): Reader {
  const client = new OpenAI({ apiKey: KEY, baseURL: `${address}/openai/v1`, maxRetries: 0 })
  return plainReader(async (model) => {
    const { data, response } = await client.chat.completions.create(chatRequest(model)).withResponse()
    const stampsNs: string[] = []
    for await (const chunk of data) if (chunk.choices[0]?.delta.content) stampsNs.push(stampNow())
    return { requestId: response.headers.get('x-request-id') ?? '', stampsNs, tainted: false }
  })
}
