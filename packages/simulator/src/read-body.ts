/** Reads the body of a request. */
import type { IncomingMessage } from 'node:http'

const LIMIT_BYTES = 16 * 1024 * 1024

/** The whole body; null when it is larger than 16 MiB, or the client went away before its end. */
export async function readBody(request: IncomingMessage): Promise<Buffer | null> {
  const parts: Buffer[] = []
  let bytes = 0
  try {
    for await (const part of request as AsyncIterable<Buffer>) {
      bytes += part.length
      if (bytes > LIMIT_BYTES) return null
      parts.push(part)
    }
  } catch {
    return null
  }
  return Buffer.concat(parts)
}

/** The value of a JSON text, or undefined when it is none. */
export function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown
  } catch {
    return undefined
  }
}
