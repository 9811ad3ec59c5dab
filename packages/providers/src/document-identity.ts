/** What results and errors say alike: whose run it was, what was asked, who answered and over which connection. Pure. */
import { cut, LONGEST_NAME } from './cut.ts'
import { isUnread } from './events.ts'
import type { StampedEvent } from './events.ts'
import { rateLimitOf, requestIdOf } from './headers.ts'
import { servedOf } from './served.ts'
import type { SavedTape } from './tape-file.ts'
import type { Tape } from './transport/tape.ts'
import { METRICS_SCHEMA_VERSION, PROTOCOL_VERSION } from './wire-document.ts'

/** The wire document's limit. */
const MOST_EXTRA_FIELDS = 32

/** The fields of a document that do not depend on how the run ended. */
export function identityOf(saved: SavedTape, events: readonly StampedEvent[]) {
  const { plan, tape, quality } = saved
  const headers = tape.response?.headers ?? {}
  const first = events.find((event) => event.type === 'response-id')
  return {
    result_id: plan.resultId,
    metrics_schema_version: METRICS_SCHEMA_VERSION,
    protocol_version: PROTOCOL_VERSION,
    provider: plan.provider,
    model_name: plan.model,
    benchmark_profile_id: plan.profile.id,
    request_mode: plan.requestMode,
    attempt: plan.attempt,
    attempt_group: plan.attemptGroup,
    scheduled_at: plan.scheduledAt,
    region: plan.region,
    runner_version: plan.runnerVersion,
    request_id: requestIdOf(headers),
    response_id: first?.type === 'response-id' ? cut(first.id, LONGEST_NAME) : null,
    quality,
    connection: connectionOf(tape),
    rate_limit: { ...rateLimitOf(headers) },
    ...askedOf(saved),
    ...servedBy(saved, events),
    malformed_frames: events.filter(isUnread).length,
    content_encoding: tape.contentEncoding,
  } as const
}

/** What was asked for, as it was sent. Tapes of earlier releases do not say what cap that was: the profile's. */
function askedOf({ request: { asked }, plan }: SavedTape) {
  return {
    temperature: asked.temperature,
    requested_tokens: asked.maxOutputTokens ?? plan.profile.maxOutputTokens,
    reasoning_effort: asked.reasoningEffort,
    request_extra_fields: asked.extraFields
      .slice(0, MOST_EXTRA_FIELDS)
      .map((name) => cut(name, LONGEST_NAME)),
    request_extra_hash: asked.extraHash,
  }
}

function servedBy({ tape, request }: SavedTape, events: readonly StampedEvent[]) {
  const served = servedOf(events, tape.response?.headers ?? {}, request.url)
  return {
    upstream_provider: served.upstreamProvider,
    service_tier: served.serviceTier,
    system_fingerprint: served.systemFingerprint,
    provider_region: served.region,
  }
}

function connectionOf({ connection, response }: Tape) {
  const seconds = (ns: bigint | null): number | null => (ns === null ? null : Number(ns) / 1e9)
  return {
    dns_seconds: seconds(connection.dnsNs),
    tcp_seconds: seconds(connection.tcpNs),
    tls_seconds: seconds(connection.tlsNs),
    remote_address: connection.remoteAddress,
    http_version: response === null ? null : '1.1',
    tls_version: connection.tlsVersion,
    proxy: connection.isProxied,
    ...(connection.isProxied ? { proxy_seconds: seconds(connection.proxyNs) } : {}),
  }
}
