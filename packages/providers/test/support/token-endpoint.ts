import { once } from 'node:events'
import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach } from 'vitest'

const closing: (() => void)[] = []

/** Closes every endpoint that is open; done after each test, too. */
export function closeTokenEndpoints(): void {
  closing.splice(0).forEach((close) => close())
}
afterEach(closeTokenEndpoints)

/** The address of a token endpoint that answers so. */
export async function tokenEndpoint(answer: RequestListener): Promise<string> {
  const server = createServer(answer)
  closing.push(() => {
    server.closeAllConnections()
    server.close()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`
}

export const answerWith =
  (status: number, body: string, type = 'application/json'): RequestListener =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': type })
    response.end(body)
  }
