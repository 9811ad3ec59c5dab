/** The ingest's worklist: asked with an ETag, kept in a cache for when the ingest cannot answer. */
import type { Logger } from 'pino'
import type { Clock } from '../clock.ts'
import { isFailure } from '../http.ts'
import type { HttpAnswer, HttpFailure, Send } from '../http.ts'
import type { WorklistCache } from './cache.ts'
import { RemoteConfig } from './remote-config.ts'

const REQUEST_DEADLINE_MS = 20_000

export type RemoteAnswer =
  | { readonly status: 'ready'; readonly config: RemoteConfig; readonly fetchedMs: number }
  | { readonly status: 'refused' | 'unavailable'; readonly reason: string }

export type RemoteWorklists = { readonly read: (provider: string) => Promise<RemoteAnswer> }

export type RemoteParts = {
  readonly url: string
  readonly tokens: () => readonly string[]
  readonly graceSeconds: number
  readonly cache: WorklistCache
  readonly send: Send
  readonly clock: Clock
  readonly logger: Logger
}

/** Asks the ingest at every read. 401 and 403 never fall back to the cache; whatever else fails does, for a while. */
export function createRemoteWorklists(parts: RemoteParts): RemoteWorklists {
  return {
    read: async (provider) => {
      const answer = await ask(parts, provider)
      if (isFailure(answer)) return fromCache(parts, provider, answer.failure)
      if (answer.status === 401 || answer.status === 403) {
        return {
          status: 'refused',
          reason: `The worklist is refused: HTTP ${answer.status}, check RUNNER_CONFIG_TOKEN`,
        }
      }
      const fetchedMs = parts.clock.wallMs()
      const known = parts.cache.find(provider)
      if (answer.status === 304 && known !== null) {
        await parts.cache.keep(provider, { ...known, fetchedMs })
        return { status: 'ready', config: known.config, fetchedMs }
      }
      const config = answer.status === 200 ? readConfig(answer.body, provider) : null
      if (config === null) return fromCache(parts, provider, unusable(answer))
      await parts.cache.keep(provider, { config, etag: answer.headers['etag'] ?? null, fetchedMs })
      return { status: 'ready', config, fetchedMs }
    },
  }
}

/** The first answer that is not a refusal, trying the tokens in order. */
async function ask(
  { url, tokens, cache, send }: RemoteParts,
  provider: string,
): Promise<HttpAnswer | HttpFailure> {
  const target = new URL(url)
  target.searchParams.set('provider', provider)
  const etag = cache.find(provider)?.etag ?? null
  let answer: HttpAnswer | HttpFailure = { failure: 'There is no token', code: null }
  for (const token of tokens()) {
    const headers = {
      authorization: `Bearer ${token}`,
      accept: 'application/json',
      ...(etag === null ? {} : { 'if-none-match': etag }),
    }
    answer = await send({ method: 'GET', url: target.href, headers, deadlineMs: REQUEST_DEADLINE_MS })
    if (isFailure(answer) || (answer.status !== 401 && answer.status !== 403)) return answer
  }
  return answer
}

function readConfig(body: string, provider: string): RemoteConfig | null {
  try {
    const parsed = RemoteConfig.safeParse(JSON.parse(body))
    return parsed.success && parsed.data.provider === provider ? parsed.data : null
  } catch {
    return null
  }
}

function unusable({ status, headers }: HttpAnswer): string {
  const type = headers['content-type'] ?? 'no content type'
  return status === 200 ? `HTTP 200 without a worklist (${type})` : `HTTP ${status}`
}

function fromCache(
  { cache, clock, graceSeconds, logger }: RemoteParts,
  provider: string,
  reason: string,
): RemoteAnswer {
  const known = cache.find(provider)
  if (known === null) {
    return { status: 'unavailable', reason: `The worklist cannot be read and none is cached: ${reason}` }
  }
  const ageSeconds = (clock.wallMs() - known.fetchedMs) / 1000
  // From the future: the wall clock was set back, and nothing is known of its age.
  if (ageSeconds > graceSeconds || ageSeconds < -300) {
    return {
      status: 'unavailable',
      reason: `The worklist cannot be read and the cached one is too old: ${reason}`,
    }
  }
  logger.warn({ provider, reason, age_seconds: Math.round(ageSeconds) }, 'The cached worklist is used')
  return { status: 'ready', config: known.config, fetchedMs: known.fetchedMs }
}
