/**
 * What to measure at a provider: `--models`, else BENCHMARK_MODELS where it overrides, else the ingest's worklist,
 * else BENCHMARK_MODELS. Never a silent fallback from one to the next.
 */
import { checkEntryId, findDialect, findProfile, requestFaults } from '@llmbench/providers'
import type { ModelMetadata, Provider } from '@llmbench/providers'
import { placeOf } from '../base-url.ts'
import type { Price } from '../budget/prices.ts'
import type { WorklistConfig } from '../config.ts'
import { ExitFault } from '../faults.ts'
import type { RemoteWorklists } from './remote.ts'

/** A model's quirks, and what it costs. */
export type WorkMetadata = ModelMetadata & { readonly prices?: readonly Price[] | undefined }

/** `isProbe`: a candidate or a recheck, whose failures say nothing about its provider. */
export type WorkItem = {
  readonly model: string
  readonly metadata: WorkMetadata
  readonly isProbe?: boolean
}

export type Worklist = {
  readonly items: readonly WorkItem[]
  /** What the ingest says the cadence is; null when a person named the models. */
  readonly intervalMinutes: number | null
  /** When the ingest last said so, on the wall clock; null when it was not asked. */
  readonly fetchedMs: number | null
  /** Models that are not measured, and why. */
  readonly leftOut: readonly LeftOut[]
  /** Models that are measured although an id rule says they cannot work. */
  readonly doubtful: readonly LeftOut[]
}

export type LeftOut = { readonly model: string; readonly reason: string; readonly suggestion: string | null }

export type WorklistAnswer =
  | { readonly status: 'ready'; readonly worklist: Worklist }
  /** The ingest refuses us, or cannot be asked and was not heard of for too long: nothing may run. */
  | { readonly status: 'refused' | 'unavailable'; readonly reason: string }

export type WorklistSource = (provider: Provider) => Promise<WorklistAnswer>

export type Named = Pick<WorklistConfig, 'models' | 'override'> & {
  readonly commandLine: readonly string[] | null
  /** What the command line says of the requests of every model that is named. */
  readonly metadata?: ModelMetadata
}

/** Where a person names the models, on the command line or in BENCHMARK_MODELS; null where the ingest does, or nobody. */
export function namedIn(
  { commandLine, models, override }: Named,
  hasRemote: boolean,
): { readonly origin: '--models' | 'BENCHMARK_MODELS'; readonly entries: readonly string[] } | null {
  if (commandLine !== null) return { origin: '--models', entries: commandLine }
  return models !== null && (override || !hasRemote) ? { origin: 'BENCHMARK_MODELS', entries: models } : null
}

/**
 * The source of worklists. Throws ExitFault 2 when nothing says what to measure, or when a list for several providers
 * does not say which model is whose.
 */
export function createWorklistSource(
  named: Named,
  remote: RemoteWorklists | null,
  providers: readonly string[],
  allowedBaseUrls: readonly string[] = [],
): WorklistSource {
  const { metadata = {} } = named
  const found = namedIn(named, remote !== null)
  if (found !== null)
    return namedSource(found.origin, found.entries, providers, found.origin === '--models', metadata)
  if (Object.keys(metadata).length > 0) {
    throw new ExitFault(
      2,
      '--param, --omit-temperature and --reasoning-effort go with --models or BENCHMARK_MODELS: for models of the catalogue use models set',
    )
  }
  if (remote !== null) return remoteSource(remote, allowedBaseUrls)
  throw new ExitFault(
    2,
    'Nothing says what to measure: name models with --models or BENCHMARK_MODELS, or set RUNNER_CONFIG_URL',
  )
}

function namedSource(
  origin: string,
  entries: readonly string[],
  providers: readonly string[],
  measuredAsNamed: boolean,
  metadata: ModelMetadata,
): WorklistSource {
  const byProvider = assign(origin, entries, providers)
  return (provider) => {
    const models = byProvider.get(provider.slug) ?? []
    const broken = models.flatMap((model) => brokenRule(provider, model) ?? [])
    const kept = measuredAsNamed
      ? models
      : models.filter((model) => !broken.some((one) => one.model === model))
    const worklist = {
      items: kept.map((model) => ({ model, metadata })),
      intervalMinutes: null,
      fetchedMs: null,
      leftOut: measuredAsNamed ? [] : broken,
      doubtful: measuredAsNamed ? broken : [],
    }
    return Promise.resolve({ status: 'ready', worklist })
  }
}

/**
 * Which model is whose. With one provider entries are its ids as they are: an id may hold a colon, and what stands
 * before it may be a provider's name. With several each entry says `provider:model`.
 */
function assign(
  origin: string,
  entries: readonly string[],
  providers: readonly string[],
): ReadonlyMap<string, string[]> {
  const [only] = providers
  if (providers.length === 1 && only !== undefined) return new Map([[only, [...entries]]])
  const byProvider = new Map<string, string[]>()
  for (const entry of entries) {
    const [slug = '', ...rest] = entry.split(':')
    const model = rest.join(':')
    if (!providers.includes(slug) || model === '') {
      throw new ExitFault(
        2,
        `${origin}: "${entry}" does not say whose model it is; with several providers write provider:model, with one of ${providers.join(', ')}`,
      )
    }
    byProvider.set(slug, [...(byProvider.get(slug) ?? []), model])
  }
  return byProvider
}

function brokenRule(provider: Provider, model: string, acceptId?: boolean): LeftOut | null {
  const verdict = checkEntryId(provider.slug, model, acceptId)
  return verdict.valid ? null : { model, reason: verdict.reason, suggestion: verdict.suggestion }
}

function remoteSource(remote: RemoteWorklists, allowedBaseUrls: readonly string[]): WorklistSource {
  return async (provider) => {
    const answer = await remote.read(provider.slug)
    if (answer.status !== 'ready') return answer
    const { config, fetchedMs } = answer
    const items: WorkItem[] = []
    const doubtful: LeftOut[] = []
    const leftOut: LeftOut[] = config.rejected.map(({ model_id: model, reason, suggestion }) => ({
      model,
      reason: reason ?? 'Left out by the ingest',
      suggestion: suggestion ?? null,
    }))
    const enabled = new Set(config.models)
    for (const model of new Set([...config.models, ...config.probes])) {
      const metadata = config.model_metadata[model] ?? {}
      const fault =
        brokenRule(provider, model, metadata.accept_id) ??
        brokenQuirk(provider, model, metadata) ??
        refusedPlace(provider, model, metadata, allowedBaseUrls)
      const doubt = fault === null ? brokenRule(provider, model) : null
      if (doubt !== null) doubtful.push(doubt)
      if (fault === null) items.push({ model, metadata, isProbe: !enabled.has(model) })
      else leftOut.push(fault)
    }
    const worklist = { items, intervalMinutes: config.interval_minutes, fetchedMs, leftOut, doubtful }
    return { status: 'ready', worklist }
  }
}

function refusedPlace(
  provider: Provider,
  model: string,
  metadata: ModelMetadata,
  allowed: readonly string[],
): LeftOut | null {
  const place = placeOf(provider, metadata.base_url, allowed)
  return 'refused' in place ? { model, reason: place.refused, suggestion: null } : null
}

/** A quirk that cannot be followed leaves the model out: without it, it would be measured as something else. */
function brokenQuirk(provider: Provider, model: string, metadata: ModelMetadata): LeftOut | null {
  const { profile, request_mode: mode } = metadata
  const [fault] = requestFaults(metadata)
  if (fault !== undefined)
    return { model, reason: `Its metadata cannot be followed: ${fault}`, suggestion: null }
  if (profile !== undefined && findProfile(profile) === undefined) {
    return { model, reason: `Its metadata names the unknown profile "${profile}"`, suggestion: null }
  }
  if (mode !== undefined && findDialect(provider, mode as 'chat') === undefined) {
    return {
      model,
      reason: `Its metadata names "${mode}", an API ${provider.slug} does not offer`,
      suggestion: null,
    }
  }
  return null
}
