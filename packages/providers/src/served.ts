/** Who answered: the backend of a router, its tier, build and region, as the stream, the headers and the endpoint tell. Pure. */
import { asRecord, asText, firstKnown } from './json.ts'
import type { JsonRecord } from './json.ts'
import type { StampedEvent, StreamEvent } from './events.ts'

export type Served = {
  /** The provider behind a router. */
  readonly upstreamProvider: string | null
  readonly serviceTier: string | null
  readonly systemFingerprint: string | null
  /** The region that the provider names, or that its endpoint is in. */
  readonly region: string | null
}

const LONGEST = 256
const UPSTREAM_HEADERS = ['x-inference-provider', 'x-upstream-provider']
const REGION_HEADERS = ['x-groq-region', 'x-ms-region', 'x-region', 'x-served-region']
const TIER_HEADERS = ['openai-service-tier', 'x-service-tier']
/** `bedrock-runtime.us-east-1.amazonaws.com`, `us-central1-aiplatform.googleapis.com`, `aiplatform.eu.rep.googleapis.com`. */
const REGIONAL_HOSTS = [
  /^bedrock-runtime(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com/,
  /^([a-z0-9-]+)-aiplatform\.googleapis\.com$/,
  /^aiplatform\.([a-z0-9-]+)\.rep\.googleapis\.com$/,
]

/** What a chunk of a stream says of who made it; nothing where it says nothing. */
export function servedEvents(chunk: JsonRecord): StreamEvent[] {
  const usage = asRecord(chunk['usage'])
  const facts = {
    upstreamProvider: asText(chunk['provider']),
    serviceTier: asText(chunk['service_tier']) ?? asText(usage['service_tier']),
    systemFingerprint: asText(chunk['system_fingerprint']),
  }
  return Object.values(facts).some((fact) => fact !== null) ? [{ type: 'served-by', ...facts }] : []
}

/** The last that the stream said of each, then the headers, then the address that was asked. */
export function servedOf(
  events: readonly StampedEvent[],
  headers: Readonly<Record<string, string>>,
  url: string,
): Served {
  const told = events.flatMap((event) => (event.type === 'served-by' ? [event] : []))
  const last = (key: 'upstreamProvider' | 'serviceTier' | 'systemFingerprint'): string | null =>
    told.findLast((event) => event[key] !== null)?.[key] ?? null
  const header = (names: readonly string[]): string | null =>
    firstKnown(names.map((name) => asText(headers[name])))
  return {
    upstreamProvider: cut(last('upstreamProvider') ?? header(UPSTREAM_HEADERS)),
    serviceTier: cut(last('serviceTier') ?? header(TIER_HEADERS)),
    systemFingerprint: cut(last('systemFingerprint')),
    region: cut(header(REGION_HEADERS) ?? regionOf(url)),
  }
}

function regionOf(url: string): string | null {
  if (!URL.canParse(url)) return null
  const { hostname } = new URL(url)
  if (hostname === 'aiplatform.googleapis.com') return 'global'
  return firstKnown(REGIONAL_HOSTS.map((host) => host.exec(hostname)?.[1] ?? null))
}

function cut(text: string | null): string | null {
  return text === null ? null : text.slice(0, LONGEST).toWellFormed()
}
