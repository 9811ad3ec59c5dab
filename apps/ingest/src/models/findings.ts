import { checkEntryId } from '@llmbench/providers/model-id'
import { admissionOf } from '../catalogue/admission.ts'
import { instantOf, modelKey, stateOf } from '../catalogue/entry.ts'
import { healthByModel, viewHealth, type HealthView } from '../catalogue/health-view.ts'
import { findOddModels } from '../catalogue/oddities.ts'
import type { CatalogueDocument } from '../store/store.ts'
import type { ModelsDependencies } from './dependencies.ts'
import { publishedOf } from '../documents/publication.ts'

export type Finding = {
  /** A `notice` is nothing wrong: something waits for a person. */
  readonly severity: 'fault' | 'notice'
  readonly kind:
    | 'id_rule'
    | 'duplicate'
    | 'odd'
    | 'stale'
    | 'failing'
    | 'answers'
    | 'ready'
    | 'callable'
    | 'not_callable'
    | 'unknown'
  readonly provider: string | null
  readonly model_id: string | null
  readonly problem: string
}

/** Failures in a row after which a model is said to be failing. */
const FAILING = 3
const MAX_RUNS = 500

/** Everything about the catalogue that a person should look at. */
export async function findAll(
  { store, settings, now }: ModelsDependencies,
  provider: string | undefined,
): Promise<Finding[]> {
  const [documents, healths, runners] = await Promise.all([
    store.listModels(provider),
    store.listHealth(provider),
    store.listRunners(),
  ])
  const storedOf = healthByModel(healths)
  const at = now()
  const findings: Finding[] = findOddModels(documents, runners).flatMap(({ problems, ...named }) =>
    problems.map((problem): Finding => ({ severity: 'fault', kind: 'odd', ...named, problem })),
  )
  findings.push(...findDuplicates(documents, at))
  for (const document of documents) {
    const view = { intervalMinutes: settings.intervalMinutes, now: at }
    findings.push(...findInEntry(document, viewHealth(document, storedOf(document), view), at, settings))
    if (stateOf(document, at) === 'probe')
      findings.push(...(await findReady({ store, settings, now }, document)))
  }
  return findings
}

const told = (
  document: CatalogueDocument,
  severity: Finding['severity'],
  kind: Finding['kind'],
  problem: string,
): Finding => ({
  severity,
  kind,
  provider: String(document['provider']),
  model_id: String(document['model_id']),
  problem,
})

function findInEntry(
  document: CatalogueDocument,
  health: HealthView,
  now: Date,
  { intervalMinutes }: ModelsDependencies['settings'],
): Finding[] {
  const { provider, model_id: modelId } = document
  if (typeof provider !== 'string' || typeof modelId !== 'string') return []
  const state = stateOf(document, now)
  if (state !== 'enabled' && state !== 'probe') return findRecheck(document)
  const found: Finding[] = []
  const verdict = checkEntryId(provider, modelId, document['accept_id'])
  if (!verdict.valid) {
    const works = verdict.suggestion === null ? '' : `; this id would work: ${verdict.suggestion}`
    found.push(told(document, 'fault', 'id_rule', `${verdict.reason}${works}`))
  }
  if (state !== 'enabled') return found
  const stale = staleProblem(document, health, now, intervalMinutes)
  if (stale !== null) found.push(told(document, 'fault', 'stale', stale))
  const failures = health.consecutive_failures ?? 0
  if (failures >= FAILING) {
    const last = `${health.last_error_kind ?? 'unknown'}: ${health.last_error_message ?? ''}`
    found.push(told(document, 'fault', 'failing', `${failures} failures in a row, the last ${last}`))
  }
  return found
}

function staleProblem(
  document: CatalogueDocument,
  { freshness_status: status, last_success_at: lastSuccessAt }: HealthView,
  now: Date,
  intervalMinutes: number,
): string | null {
  if (status === 'stale' || status === 'critical')
    return `${status}: ${lastSuccessAt === null ? 'tried, and never with success' : `no success since ${lastSuccessAt.toISOString()}`}`
  if (status !== 'never_run') return null
  const createdAt = instantOf(document['created_at'])
  const isYoung = createdAt !== null && now.getTime() - createdAt.getTime() <= 3 * intervalMinutes * 60_000
  return isYoung ? null : 'enabled, and no runner has measured it'
}

function findRecheck(document: CatalogueDocument): Finding[] {
  if (document['enabled'] === true || document['deprecated'] === true) return []
  if (document['recheck_result'] !== 'answers') return []
  const at = instantOf(document['rechecked_at'])?.toISOString() ?? ''
  const name = `${String(document['provider'])} ${String(document['model_id'])}`
  return [told(document, 'notice', 'answers', `disabled, and answered ${at}: models enable ${name}`)]
}

async function findReady(
  { store, settings }: Pick<ModelsDependencies, 'store' | 'settings' | 'now'>,
  document: CatalogueDocument,
): Promise<Finding[]> {
  const model = { provider: String(document['provider']), modelId: String(document['model_id']) }
  const since = instantOf(document['probe_since']) ?? new Date(0)
  const runs = await store.recentRuns(model, { since, limit: MAX_RUNS })
  const { missing } = admissionOf(runs, publishedOf(document, settings.publishedProfiles))
  if (missing.length > 0) return []
  return [told(document, 'notice', 'ready', `ready: models promote ${model.provider} ${model.modelId}`)]
}

/** Spellings of one id that are enabled side by side, and ids written twice. */
function findDuplicates(documents: readonly CatalogueDocument[], now: Date): Finding[] {
  const groups = new Map<string, CatalogueDocument[]>()
  for (const document of documents) {
    if (stateOf(document, now) !== 'enabled') continue
    const key = modelKey(document).toLowerCase()
    groups.set(key, [...(groups.get(key) ?? []), document])
  }
  return [...groups.values()]
    .filter((group) => group.length > 1)
    .map((group) => {
      const ids = group.map((document) => String(document['model_id'])).join(', ')
      return told(group[0] ?? {}, 'fault', 'duplicate', `one model is enabled ${group.length} times: ${ids}`)
    })
}
