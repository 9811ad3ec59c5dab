import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

export type Received = {
  readonly path: string
  readonly authorization: string | undefined
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** Answers one request: the nth counted from 0. */
export type Play = (received: Received, response: ServerResponse, nth: number) => void

export type IngestServer = { readonly url: string; readonly received: readonly Received[]; play: Play }

/** A real server on loopback that answers as the test wants; it keeps what it received. */
export async function startIngestServer(play: Play): Promise<IngestServer> {
  const received: Received[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => (body += chunk))
    request.on('end', () => {
      const { headers, url: path = '' } = request
      const one = { path, authorization: headers.authorization, headers, body }
      received.push(one)
      running.play(one, response, received.length - 1)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  const running: IngestServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/ingest`,
    received,
    play,
  }
  return running
}

type Envelope = { readonly batch_id: string; readonly items: readonly { readonly result_id: string }[] }

export function envelopeOf({ body }: Received): Envelope {
  return JSON.parse(body) as Envelope
}

/** The answer of an ingest that takes everything, heartbeats included, or gives each item that verdict. */
export const accept = answerWith(() => 'created')

export function answerWith(verdictOf: (resultId: string) => string): Play {
  return (received, response) => {
    if (received.path.endsWith('/heartbeat')) return sendJson(response, 200, { status: 'accepted' })
    const { batch_id, items } = envelopeOf(received)
    const results = items.map(({ result_id }) => ({ result_id, verdict: verdictOf(result_id) }))
    return sendJson(response, 200, { batch_id, received_at: new Date().toISOString(), counts: {}, results })
  }
}

export function sendJson(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value))
}

/** That status with a problem document. */
export function refuse(status: number, headers: Record<string, string> = {}): Play {
  return (_received, response) =>
    sendJson(response, status, { code: 'refused', detail: `${status}` }, headers)
}
