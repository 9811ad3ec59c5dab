import { instantOf } from '../catalogue/entry.ts'
import { isObject } from '../documents/body.ts'
import type {
  CatalogueDocument,
  ModelChange,
  ModelEdit,
  ModelRef,
  NewModel,
  RecordedChange,
  StoredDocument,
  StoredRun,
} from './store.ts'

/** A new catalogue entry as both stores keep it: enabled unless its state says otherwise, its quirks beside its name. */
export const catalogueDocument = (model: NewModel, createdAt: Date): StoredDocument => ({
  ...model.quirks,
  enabled: true,
  deprecated: false,
  created_at: createdAt,
  ...model.state,
  provider: model.provider,
  model_id: model.modelId,
  display_name: model.displayName,
})

/** What is written before a change of the catalogue: who, when, why, what it was and what was to be. */
export const changeRecord = (
  model: ModelRef,
  change: ModelChange,
  { before, set }: { readonly before: CatalogueDocument | null; readonly set: StoredDocument },
): Record<string, unknown> => ({
  provider: model.provider,
  model_id: model.modelId,
  action: change.action,
  at: change.at,
  actor: change.actor,
  reason: change.reason,
  forced: change.forced ?? false,
  before,
  set,
})

/** The fields an edit sets on that entry; null for none. */
export const fieldsOf = (edit: ModelEdit, before: CatalogueDocument): StoredDocument | null =>
  typeof edit === 'function' ? edit(before) : edit

const OUTCOMES = ['intended', 'made', 'refused'] as const

/** A record as it lies in the store. Those from before outcomes were noted were made, as far as anybody knows. */
export function toRecordedChange(record: CatalogueDocument): RecordedChange {
  const { action, at, actor, reason, before, set, outcome } = record
  return {
    action: typeof action === 'string' ? action : 'unknown',
    at: instantOf(at) ?? new Date(0),
    actor: typeof actor === 'string' ? actor : 'unknown',
    reason: typeof reason === 'string' ? reason : null,
    forced: record['forced'] === true,
    outcome: OUTCOMES.find((known) => known === outcome) ?? 'made',
    before: isObject(before) ? before : null,
    set: isObject(set) ? set : {},
  }
}

/** The newest of several lists, at most so many. */
export const newestFirst = (runs: readonly StoredRun[], limit: number): StoredRun[] =>
  runs.toSorted((left, right) => right.at.getTime() - left.at.getTime()).slice(0, limit)
