import { checkModelId } from '@llmbench/providers/model-id'
import { compareText, displayNameOf, instantOf, quirksOf, stateOf } from './catalogue/entry.ts'
import type { CatalogueDocument } from './store/store.ts'

export type RejectedModel = {
  readonly provider: string
  readonly model_id: string
  readonly reason: string
  readonly suggestion: string | null
}

export type Worklist = {
  /** Enabled models. */
  readonly models: readonly string[]
  /** Candidates, and disabled models whose recheck is due: measured too, and never published. */
  readonly probes: readonly string[]
  readonly metadata: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly rejected: readonly RejectedModel[]
  /** When the next recheck falls due, so that the list is another one; null for never. */
  readonly validUntil: Date | null
}

type Listed = { readonly modelId: string; readonly document: CatalogueDocument; readonly isProbe: boolean }

/**
 * The models to measure, out of catalogue documents that people may have written by hand. Sorted by display name, then
 * id. Ids that cannot work are named, not run.
 */
export function buildWorklist(documents: readonly CatalogueDocument[], now: Date): Worklist {
  const rejected: RejectedModel[] = []
  const accepted = new Map<string, Listed>()
  for (const document of documents) {
    const { provider, model_id: modelId } = document
    const state = stateOf(document, now)
    if (state === 'disabled' || state === 'deprecated') continue
    if (typeof provider !== 'string' || typeof modelId !== 'string') continue
    // Of two documents for one id the enabled one counts, whichever comes first.
    const name = `${provider}\n${modelId}`
    if (state !== 'enabled' && accepted.has(name)) continue
    const verdict = checkModelId(provider, modelId)
    if (verdict.valid) accepted.set(name, { modelId, document, isProbe: state !== 'enabled' })
    else
      rejected.push({ provider, model_id: modelId, reason: verdict.reason, suggestion: verdict.suggestion })
  }
  const sorted = [...accepted.values()].sort(
    (left, right) =>
      compareText(displayNameOf(left.document), displayNameOf(right.document)) ||
      compareText(left.modelId, right.modelId),
  )
  const idsOf = (probes: boolean): string[] =>
    sorted.filter(({ isProbe }) => isProbe === probes).map(({ modelId }) => modelId)
  return {
    models: idsOf(false),
    probes: idsOf(true),
    metadata: Object.fromEntries(sorted.map(({ modelId, document }) => [modelId, quirksOf(document)])),
    rejected: rejected.sort((left, right) => compareText(left.model_id, right.model_id)),
    validUntil: nextRecheck(documents, now),
  }
}

function nextRecheck(documents: readonly CatalogueDocument[], now: Date): Date | null {
  let next: Date | null = null
  for (const document of documents) {
    if (document['recheck_after'] == null || stateOf(document, now) !== 'disabled') continue
    const at = instantOf(document['recheck_after'])
    if (at !== null && (next === null || at < next)) next = at
  }
  return next
}
