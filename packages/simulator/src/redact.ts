import type { IncomingHttpHeaders } from 'node:http'

const SECRET_HEADERS = new Set(['authorization', 'x-api-key', 'api-key', 'x-goog-api-key'])

/** The headers of a request without what nobody may keep. */
export function redactHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    kept[name] = SECRET_HEADERS.has(name) ? 'redacted' : String(value)
  }
  return kept
}
