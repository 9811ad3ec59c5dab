import { isUtf8 } from 'node:buffer'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Limits } from '../config.ts'
import type { Body } from '../documents/body.ts'
import { Problem } from '../errors.ts'
import { scanJson } from '../json/scan.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Brackets around each document in the body: 0 where the body is the document, 2 in a batch. */
    envelopeDepth?: number
  }
}

const unzip = promisify(gunzip)

/** Beyond this the text is an attack, not a document, and nothing more is looked at. */
const HARD_DEPTH = 64
const MAX_FAULTS = 10_000

/** Bodies are JSON in UTF-8, plain or gzip, and nothing else. `request.body` becomes a `Body`. */
export function addJsonBody(app: FastifyInstance, limits: Limits): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer', bodyLimit: limits.bodyBytes },
    async (request: FastifyRequest, bytes: Buffer) => {
      checkCharset(request.headers['content-type'] ?? '')
      const decoded = await decode(request.headers['content-encoding'], bytes, limits)
      return parse(decoded, limits.nesting + (request.routeOptions.config.envelopeDepth ?? 0))
    },
  )
}

function checkCharset(contentType: string): void {
  const charset = /charset\s*=\s*"?([^";\s]+)/i.exec(contentType)?.[1]
  if (charset !== undefined && !/^utf-?8$/i.test(charset)) {
    throw new Problem(415, 'unsupported_charset', 'JSON is sent in UTF-8')
  }
}

async function decode(encoding: string | undefined, bytes: Buffer, limits: Limits): Promise<Buffer> {
  const name = encoding?.trim().toLowerCase() ?? 'identity'
  if (name === 'identity') return bytes
  // RFC 9110 §8.4.1.3: x-gzip is an alias.
  if (name !== 'gzip' && name !== 'x-gzip') {
    throw new Problem(415, 'unsupported_encoding', 'The content encoding is gzip or none')
  }
  try {
    return await unzip(bytes, { maxOutputLength: limits.decodedBytes })
  } catch (error) {
    if (error instanceof RangeError) throw new Problem(413, 'body_too_large', 'The decoded body is too large')
    throw new Problem(400, 'bad_gzip', 'The body is not whole gzip data')
  }
}

function parse(bytes: Buffer, maxDepth: number): Body {
  if (!isUtf8(bytes)) throw new Problem(400, 'not_utf8', 'The body is not valid UTF-8')
  const text = bytes.toString('utf8')
  // Before JSON.parse, whose result the depth of hostile text would make unsafe to walk.
  const scan = scanJson(text, { maxDepth, hardDepth: HARD_DEPTH, maxFaults: MAX_FAULTS })
  if (scan.gaveUp)
    throw new Problem(400, 'hostile_json', 'The body is nested too deeply or has too many faults')
  return { value: parseText(text), faults: scan.faults }
}

function parseText(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The parser's own message quotes the body.
    throw new Problem(400, 'not_json', 'The body is not valid JSON')
  }
}
