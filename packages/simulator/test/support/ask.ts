import { once } from 'node:events'
import { request } from 'node:http'
import type { Agent, IncomingHttpHeaders, IncomingMessage } from 'node:http'

export type Heard = {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  /** False when the connection died before the body's end. */
  readonly whole: boolean
  /** The client's port. */
  readonly localPort: number | undefined
}

/** Sends a request on a connection of its own and hears the answer out. */
export async function ask(
  address: string,
  path: string,
  body: unknown = {},
  agent: Agent | false = false,
): Promise<Heard> {
  const response = await begin(address, path, body, {}, agent)
  const { localPort } = response.socket
  const parts: Buffer[] = []
  response.on('data', (part: Buffer) => parts.push(part))
  await new Promise((resolve) => response.once('close', resolve))
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: Buffer.concat(parts),
    whole: response.complete,
    localPort,
  }
}

/** Sends a request and resolves with the response once its headers are there. */
export async function begin(
  address: string,
  path: string,
  body: unknown = {},
  headers: Readonly<Record<string, string>> = {},
  agent: Agent | false = false,
): Promise<IncomingMessage> {
  const sent = request(`${address}${path}`, { method: 'POST', agent, headers })
  sent.end(JSON.stringify(body))
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  // A broken body is something that tests look at, not something that ends them.
  sent.on('error', () => undefined)
  response.on('error', () => undefined)
  return response
}

/** Reads until the body so far has what is looked for; what follows is not read. */
export async function readUntil(response: IncomingMessage, found: (body: string) => boolean): Promise<void> {
  let body = ''
  await new Promise<void>((resolve) => {
    response.on('data', (part: Buffer) => {
      body += part.toString('latin1')
      if (found(body)) resolve()
    })
  })
}

/** The run that an answer names in its headers. */
export function runIdOf({ headers }: Pick<Heard, 'headers'>): string {
  const id = headers['x-request-id'] ?? headers['request-id'] ?? headers['x-amzn-requestid']
  if (typeof id !== 'string') throw new Error('The answer names no run')
  return id
}
