/** One bounded GET on a connection of its own: for lists and other documents that nobody measures. */
import { callbackify } from 'node:util'
import { Client } from 'undici'
import type { ProxySettings } from '../proxy.ts'
import { NOTHING_OPENED, openConnection } from './connect.ts'
import { messageOf } from './failure.ts'

export type GetRequest = {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
}

export type GetLimits = {
  /** From the first step of connecting to the last byte. */
  readonly deadlineMs: number
  readonly maxBytes: number
}

export type GetOptions = {
  readonly signal?: AbortSignal | undefined
  readonly proxy?: ProxySettings | null
}

export type GetAnswer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Uint8Array
}

export type GetFailure = {
  readonly cause: 'deadline' | 'too_large' | 'aborted' | 'network'
  readonly message: string
}

/** The whole answer, redirects not followed, or why there is none. Never rejects. */
export async function getDocument(
  request: GetRequest,
  { deadlineMs, maxBytes }: GetLimits,
  { signal, proxy = null }: GetOptions = {},
): Promise<GetAnswer | GetFailure> {
  const deadline = AbortSignal.timeout(Math.max(1, Math.ceil(deadlineMs)))
  const cut = signal === undefined ? deadline : AbortSignal.any([deadline, signal])
  const url = new URL(request.url)
  // The deadline is ours; undici's own would cut with names that nobody set.
  const client = new Client(url.origin, {
    connect: (_options, callback) => {
      const open = callbackify(() => openConnection(url, { ...NOTHING_OPENED }, cut, { proxy }))
      open((error: Error | null, socket) => (error === null ? callback(null, socket) : callback(error, null)))
    },
    headersTimeout: 0,
    bodyTimeout: 0,
  })
  try {
    const { statusCode, headers, body } = await client.request({
      path: url.pathname + url.search,
      method: 'GET',
      headers: { ...request.headers, 'accept-encoding': 'identity' },
      signal: cut,
    })
    const bytes = await readAtMost(body, maxBytes)
    if (bytes === null) return { cause: 'too_large', message: `The answer is longer than ${maxBytes} bytes` }
    return { status: statusCode, headers, body: bytes }
  } catch (error) {
    if (signal?.aborted === true) return { cause: 'aborted', message: 'The request was aborted' }
    if (deadline.aborted) {
      const seconds = deadlineMs / 1000
      return { cause: 'deadline', message: `No whole answer within the deadline of ${seconds} s` }
    }
    return { cause: 'network', message: messageOf(error) }
  } finally {
    client.destroy().catch(() => undefined)
  }
}

/** Whether the exchange failed before a whole answer came. */
export function isGetFailure(answer: GetAnswer | GetFailure): answer is GetFailure {
  return 'cause' in answer
}

async function readAtMost(body: AsyncIterable<Buffer>, maxBytes: number): Promise<Uint8Array | null> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of body) {
    bytes += part.length
    if (bytes > maxBytes) return null
    parts.push(part)
  }
  return Buffer.concat(parts)
}
