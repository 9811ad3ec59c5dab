/** What response headers say about a run: ids, limits, the provider's own time. Names and values as sent. Pure. */
import type { Facts } from './events.ts'

type Headers = Readonly<Record<string, string>>

const REQUEST_ID_HEADERS = [
  'x-request-id',
  'request-id',
  'x-amzn-requestid',
  'apim-request-id',
  'inference-id',
  'x-vertex-ai-received-request-id',
  'x-generation-id',
]
const RATE_LIMIT_HEADER = /^(x-ratelimit-|anthropic-ratelimit-|ratelimit|retry-after)/
const TIMING_HEADERS: readonly (readonly [header: string, fact: string])[] = [
  ['openai-processing-ms', 'openai_processing_ms'],
  ['fireworks-server-time-to-first-token', 'fireworks_server_time_to_first_token'],
  ['x-envoy-upstream-service-time', 'envoy_upstream_service_time_ms'],
]
const LONGEST_VALUE = 256

/** The id the provider gave this request, or null. */
export function requestIdOf(headers: Headers): string | null {
  const name = REQUEST_ID_HEADERS.find((header) => headers[header] !== undefined && headers[header] !== '')
  return name === undefined ? null : (headers[name] ?? '').slice(0, LONGEST_VALUE)
}

/** Rate-limit headers and Retry-After as facts: `x_ratelimit_remaining_tokens: "3809"`. */
export function rateLimitOf(headers: Headers): Facts {
  const found = Object.entries(headers).filter(([name]) => RATE_LIMIT_HEADER.test(name))
  return Object.fromEntries(
    found
      .slice(0, 32)
      .map(([name, value]) => [
        name.replaceAll(/[^a-z0-9]/g, '_').slice(0, 64),
        value.slice(0, LONGEST_VALUE),
      ]),
  )
}

/** Durations the server states in its headers, in the unit their name says. */
export function headerTimingOf(headers: Headers): Record<string, number> {
  const timing: Record<string, number> = {}
  for (const [header, fact] of TIMING_HEADERS) {
    const value = Number.parseFloat(headers[header] ?? '')
    if (Number.isFinite(value) && value >= 0) timing[fact] = value
  }
  const server = Number.parseFloat(/(?:^|[;,\s])dur=([\d.]+)/.exec(headers['server-timing'] ?? '')?.[1] ?? '')
  if (Number.isFinite(server)) timing['server_timing_header_ms'] = server
  return timing
}
