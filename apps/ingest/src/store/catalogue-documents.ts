import type { CatalogueDocument, ModelChange, ModelRef, NewModel, StoredDocument } from './store.ts'

/** A new catalogue entry as both stores keep it: enabled, its quirks beside its name. */
export const catalogueDocument = (model: NewModel, createdAt: Date): StoredDocument => ({
  ...model.quirks,
  provider: model.provider,
  model_id: model.modelId,
  display_name: model.displayName,
  enabled: true,
  deprecated: false,
  created_at: createdAt,
})

/** What is written before a change of the catalogue: who, when, why, and what it was. */
export const changeRecord = (
  model: ModelRef,
  change: ModelChange,
  before: CatalogueDocument | null,
): Record<string, unknown> => ({
  provider: model.provider,
  model_id: model.modelId,
  action: change.action,
  at: change.at,
  actor: change.actor,
  reason: change.reason,
  before,
})
