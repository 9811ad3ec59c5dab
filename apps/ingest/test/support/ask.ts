import http from 'node:http'
import net from 'node:net'
import { KEY } from './process.ts'

export type Answer = {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly text: string
  readonly ms: number
}
type Ask = {
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly body?: string | Buffer
  /** Connections to be used again; without, each request has one of its own. */
  readonly agent?: http.Agent
}

/** One request; status 0 where the connection ended without an answer. */
export function ask(
  url: string,
  path: string,
  { method, headers = {}, body, agent }: Ask = {},
): Promise<Answer> {
  const began = performance.now()
  return new Promise((resolve) => {
    const finish = (answer: Omit<Answer, 'ms'>): void => resolve({ ...answer, ms: performance.now() - began })
    const request = http.request(
      new URL(path, url),
      {
        agent: agent ?? false,
        method: method ?? (body === undefined ? 'GET' : 'POST'),
        headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json', ...headers },
      },
      (response) => {
        let text = ''
        response
          .setEncoding('utf8')
          .on('data', (chunk: string) => (text += chunk))
          .on('close', () => finish({ status: response.statusCode ?? 0, headers: response.headers, text }))
      },
    )
    request.on('error', (error) => finish({ status: 0, headers: {}, text: error.message }))
    request.end(body)
  })
}

/** Bytes over a plain socket; what came back until the peer closed, and after how many milliseconds it did. */
export function raw(url: string, bytes: string | Buffer): Promise<{ text: string; ms: number }> {
  const { hostname, port } = new URL(url)
  const began = performance.now()
  return new Promise((resolve) => {
    let text = ''
    const socket = net.connect(Number(port), hostname, () => socket.write(bytes))
    socket
      .on('data', (chunk) => (text += chunk.toString('latin1')))
      .on('error', () => undefined)
      .on('close', () => resolve({ text, ms: performance.now() - began }))
  })
}

/** The head of a good POST with `extra` header lines, each with its line end. */
export const requestHead = (extra: string, path = '/ingest'): string =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${KEY}\r\nContent-Type: application/json\r\n${extra}\r\n`
