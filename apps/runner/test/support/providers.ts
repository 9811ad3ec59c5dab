import { once } from 'node:events'
import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

/** A provider on loopback that answers as the test wants. */
export async function startProvider(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
}

/** An answer of two chunks and two tokens. */
export const streamTwoTokens: RequestListener = (_request, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.write('data: {"id":"c","choices":[{"index":0,"delta":{"content":"Once"}}]}\n\n')
  response.write(
    'data: {"id":"c","choices":[{"index":0,"delta":{"content":" upon"},"finish_reason":"length"}]}\n\n',
  )
  response.end(
    'data: {"id":"c","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":2}}\n\ndata: [DONE]\n\n',
  )
}
