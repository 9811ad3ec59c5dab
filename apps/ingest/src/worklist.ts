import { checkModelId } from '@llmbench/providers/model-id'
import {
  compareText,
  displayNameOf,
  instantOf,
  quirksOf,
  stateOf,
  type EntryState,
} from './catalogue/entry.ts'
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

type Listed = {
  readonly modelId: string
  readonly document: CatalogueDocument
  readonly state: EntryState
}

/** Rechecks offered at a time: many old dates must not fill a runner's cycle. */
const MAX_RECHECKS = 10

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
    if (verdict.valid) accepted.set(name, { modelId, document, state })
    else
      rejected.push({ provider, model_id: modelId, reason: verdict.reason, suggestion: verdict.suggestion })
  }
  const listed = withinRechecks([...accepted.values()])
  const sorted = listed.sort(
    (left, right) =>
      compareText(displayNameOf(left.document), displayNameOf(right.document)) ||
      compareText(left.modelId, right.modelId),
  )
  const idsOf = (enabled: boolean): string[] =>
    sorted.filter(({ state }) => (state === 'enabled') === enabled).map(({ modelId }) => modelId)
  return {
    models: idsOf(true),
    probes: idsOf(false),
    metadata: Object.fromEntries(sorted.map(({ modelId, document }) => [modelId, quirksOf(document)])),
    rejected: rejected.sort((left, right) => compareText(left.model_id, right.model_id)),
    validUntil: nextRecheck(documents, now),
  }
}

/** All but the rechecks beyond the first few, the longest due first. */
function withinRechecks(listed: readonly Listed[]): Listed[] {
  const dueAt = ({ document }: Listed): number => Number(instantOf(document['recheck_after']))
  const due = listed.filter(({ state }) => state === 'recheck')
  const later = new Set(due.sort((left, right) => dueAt(left) - dueAt(right)).slice(MAX_RECHECKS))
  return listed.filter((one) => !later.has(one))
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
