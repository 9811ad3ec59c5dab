import { once } from 'node:events'
import { createServer } from 'node:http'
import type { ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

/** What is done with an answer of the server behind: null passes it on. */
export type Fault = 'hold' | 'reset' | 'truncate' | 'unavailable' | null

export type FaultyProxy = {
  readonly address: string
  /** Decides about each request; `unavailable` never reaches the server behind. */
  decide: (path: string) => Fault
  /** Whole answers that came from behind, whether they were passed on or not. */
  readonly answers: { readonly path: string; readonly body: string }[]
}

/** An HTTP proxy on loopback that loses answers as it is told. */
export async function startFaultyProxy(target: () => string): Promise<FaultyProxy> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { method = 'GET', url = '/' } = request
      const headers = { ...(request.headers as Record<string, string>) }
      delete headers['host']
      delete headers['connection']
      const body = method === 'GET' ? undefined : Buffer.concat(chunks)
      void pass(proxy, target() + url, { method, headers, ...(body === undefined ? {} : { body }) }, response)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as AddressInfo
  const proxy: FaultyProxy = { address: `http://127.0.0.1:${port}`, decide: () => null, answers: [] }
  return proxy
}

async function pass(
  proxy: FaultyProxy,
  url: string,
  init: RequestInit,
  response: ServerResponse,
): Promise<void> {
  const path = new URL(url).pathname
  const fault = proxy.decide(path)
  if (fault === 'unavailable') return void response.writeHead(503, { 'retry-after': '0' }).end()
  try {
    const answer = await fetch(url, init)
    const body = await answer.text()
    proxy.answers.push({ path, body })
    if (fault === 'hold') return undefined
    if (fault === 'reset') return void response.socket?.resetAndDestroy()
    const type = answer.headers.get('content-type') ?? 'application/json'
    response.writeHead(answer.status, { 'content-type': type, 'content-length': Buffer.byteLength(body) })
    if (fault === 'truncate') return void response.write(body.slice(0, 20), () => response.destroy())
    return void response.end(body)
  } catch {
    return void response.socket?.resetAndDestroy()
  }
}
