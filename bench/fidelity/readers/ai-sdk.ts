import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { streamText } from 'ai'
import { KEY, MAX_TOKENS, plainReader, PROMPT, stampNow, TEMPERATURE } from '../reader.ts'
import type { Reader, Target } from '../reader.ts'

/** The AI SDK's text stream. */
export function createReader({ address }: Target): Reader {
  const provider = createOpenAICompatible({ name: 'simulator', apiKey: KEY, baseURL: `${address}/openai/v1` })
  return plainReader(async (model) => {
    const result = streamText({
      model: provider(model),
      prompt: PROMPT,
      temperature: TEMPERATURE,
      maxOutputTokens: MAX_TOKENS,
      maxRetries: 0,
    })
    const stampsNs: string[] = []
    for await (const text of result.textStream) if (text !== '') stampsNs.push(stampNow())
    const { headers } = await result.response
    return { requestId: headers?.['x-request-id'] ?? '', stampsNs, tainted: false }
  })
}
