/** One attempt: plan, credentials, measurement, and a guard around them. It always ends in a document. */
import { DEFAULT_PROFILE_ID, findDialect, findProfile, OWN_STAGE } from '@llmbench/providers'
import type { Access, Environment, Measurer, ModeName, Plan, Profile, Provider } from '@llmbench/providers'
import type { RunDocument, SavedTape } from '@llmbench/providers'
import { readAccess } from './access.ts'
import { environmentAt, placeOf } from './base-url.ts'
import { pause } from './clock.ts'
import type { Clock } from './clock.ts'
import type { Hosts } from './hosts.ts'
import type { Secrets } from './secrets.ts'
import type { WorkItem } from './worklist/worklist.ts'

/** A provider and what the command line says of every run there. */
export type Target = {
  readonly provider: Provider
  readonly mode: ModeName | null
  readonly profile: Profile | null
}

export type AttemptSlot = {
  readonly attempt: number
  readonly attemptGroup: string
  readonly scheduledAt: string | null
}

export type AttemptParts = {
  readonly measurer: Measurer
  readonly environment: Environment
  readonly allowedBaseUrls: readonly string[]
  readonly secrets: Secrets
  readonly hosts: Hosts
  readonly clock: Clock
  readonly newId: () => string
  readonly region: string | null
  readonly version: string
}

/** A measurement; the tape is null where the guard had to give up on it. */
export type Attempted = { readonly document: RunDocument; readonly tape: SavedTape | null }

/** What the core may take beyond a profile's own deadlines: preparing, analysing. */
const GUARD_EXTRA_MS = 60_000
/** What it may take to return once the guard has cut it. */
const LAST_GRACE_MS = 10_000

/** Runs one attempt. Never rejects for what a provider, the network or the signal does. */
export async function runAttempt(
  parts: AttemptParts,
  target: Target,
  item: WorkItem,
  slot: AttemptSlot,
  signal: AbortSignal,
): Promise<Attempted> {
  const plan = planOf(parts, target, item, slot)
  const access = await accessOf(parts, target.provider, plan)
  if ('error' in access) return await unprepared(parts, target.provider, plan, access.error)
  // Aborted while it waits, the run is one that was cut before it began.
  const release = await parts.hosts.enter(access.baseUrl, signal).catch(() => null)
  try {
    return await runGuarded(parts, target.provider, plan, access, signal)
  } finally {
    release?.()
  }
}

async function runGuarded(
  parts: AttemptParts,
  provider: Provider,
  plan: Plan,
  access: Access,
  signal: AbortSignal,
): Promise<Attempted> {
  const { deadlines } = plan.profile
  const guardMs = deadlines.connectMs + deadlines.totalMs + GUARD_EXTRA_MS
  const guard = AbortSignal.timeout(guardMs)
  const cut = AbortSignal.any([signal, guard])
  const done = new AbortController()
  const measured = parts.measurer.measure(plan, provider, access, cut).finally(() => done.abort())
  return await Promise.race([
    measured,
    giveUp(cut, done.signal, () => guardDocument(plan, guardMs, parts.clock)),
  ])
}

/** The profile that a run of the model has: the command line's, else its metadata's, else the default. */
export function profileOf(target: Target, { model, metadata }: WorkItem): Profile {
  const profile = target.profile ?? findProfile(metadata.profile ?? DEFAULT_PROFILE_ID)
  // Flags and metadata were checked when they were read.
  if (profile === undefined) throw new Error(`No profile for ${target.provider.slug} ${model}`)
  return profile
}

function planOf(parts: AttemptParts, target: Target, item: WorkItem, slot: AttemptSlot): Plan {
  const { provider } = target
  const { model } = item
  const { prices: _, ...metadata } = item.metadata
  const mode = target.mode ?? (metadata.request_mode as ModeName | undefined)
  const dialect = mode === undefined ? provider.dialects[0] : findDialect(provider, mode)
  if (dialect === undefined) throw new Error(`No plan for ${provider.slug} ${model}`)
  const profile = profileOf(target, item)
  return {
    resultId: parts.newId(),
    provider: provider.slug,
    model,
    requestMode: dialect.requestMode,
    profile,
    metadata,
    ...slot,
    region: parts.region,
    runnerVersion: parts.version,
  }
}

/** Endpoint and credentials, or why there are none. */
async function accessOf(
  { environment, allowedBaseUrls, secrets }: AttemptParts,
  provider: Provider,
  plan: Plan,
): Promise<Access | { readonly error: unknown }> {
  try {
    const place = placeOf(provider, plan.metadata.base_url, allowedBaseUrls)
    const access = await readAccess(provider, environmentAt(environment, provider, place))
    secrets.add(access.secrets)
    return access
  } catch (error) {
    return { error }
  }
}

/** Through the core, so that a credential that cannot be had is recorded as a failed attempt like any other. */
async function unprepared(
  { measurer }: AttemptParts,
  provider: Provider,
  plan: Plan,
  error: unknown,
): Promise<Attempted> {
  const failing: Provider = { ...provider, request: () => Promise.reject(error) }
  return await measurer.measure(plan, failing, NO_ACCESS)
}

const NO_ACCESS: Access = { baseUrl: '', secrets: [], headers: {} }

/** What `documentOf` says when the attempt is cut and does not return soon after; never settles early, never rejects. */
async function giveUp(
  cut: AbortSignal,
  done: AbortSignal,
  documentOf: () => RunDocument,
): Promise<Attempted> {
  while (!cut.aborted && !done.aborted) await pause(Infinity, AbortSignal.any([cut, done]))
  await pause(LAST_GRACE_MS, done)
  return { document: documentOf(), tape: null }
}

function guardDocument(plan: Plan, guardMs: number, clock: Clock): RunDocument {
  return {
    result_id: plan.resultId,
    metrics_schema_version: 3,
    provider: plan.provider,
    model_name: plan.model,
    benchmark_profile_id: plan.profile.id,
    request_mode: plan.requestMode,
    attempt: plan.attempt,
    attempt_group: plan.attemptGroup,
    scheduled_at: plan.scheduledAt,
    region: plan.region,
    runner_version: plan.runnerVersion,
    ts: new Date(clock.wallMs()).toISOString(),
    stage: OWN_STAGE,
    quality: { event_loop_delay_max_ms: null, gc_pause_max_ms: null, tainted: ['guard_deadline'] },
    message: `The attempt at ${plan.provider} ${plan.model} did not end within its guard deadline of ${guardMs / 1000} s`,
    exc_type: 'GuardDeadline',
    error_kind: 'timeout',
    phase: 'close',
    http_status: null,
  }
}
