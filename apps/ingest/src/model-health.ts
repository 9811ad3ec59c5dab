import { modelKey } from './catalogue/entry.ts'
import type { ModelFacts } from './store/model-facts.ts'
import type { CatalogueDocument, StoredDocument } from './store/store.ts'

export type FreshnessStatus = 'fresh' | 'stale' | 'critical' | 'never_run' | 'disabled'

/** The health document of one model. Fresh up to 1.5 cadences since the last published result, stale up to 3. */
export function modelHealth(
  model: CatalogueDocument,
  facts: ModelFacts,
  cadenceSeconds: number,
  now: Date,
): StoredDocument {
  const { lastSuccessAt, lastError, lastUnpublishedAt } = facts
  const staleness = lastSuccessAt ? Math.max(0, (now.getTime() - lastSuccessAt.getTime()) / 1000) : null
  const wasTried = lastError !== null || lastUnpublishedAt !== null
  return {
    provider: String(model['provider']),
    model_id: String(model['model_id']),
    last_success_at: lastSuccessAt,
    last_attempt_at: latest([lastSuccessAt, lastUnpublishedAt, lastError?.at ?? null]),
    last_error_at: lastError?.at ?? null,
    last_error_kind: lastError?.kind ?? null,
    last_error_message: lastError?.message ?? null,
    consecutive_failures: facts.failuresSinceSuccess,
    freshness_status: freshness(model, { stalenessSeconds: staleness, wasTried }, cadenceSeconds),
    staleness_seconds: staleness,
    cadence_seconds: cadenceSeconds,
    successes_24h: facts.successes24h,
    failures_24h: facts.failures24h,
    updated_at: now,
  }
}

/** Whether a model is measured and published. */
export const isActive = (model: CatalogueDocument): boolean =>
  model['enabled'] === true && model['deprecated'] !== true

/** Entries by the names of their models. Of two for one id, which people may have written, the active one counts. */
export function entriesByModel(documents: readonly CatalogueDocument[]): Map<string, CatalogueDocument> {
  const entries = new Map<string, CatalogueDocument>()
  for (const document of documents) {
    const name = modelKey(document)
    if (isActive(document) || !entries.has(name)) entries.set(name, document)
  }
  return entries
}

/** How fresh a model is, `stalenessSeconds` after its last success; null for one that never had any. */
export function freshness(
  model: CatalogueDocument,
  { stalenessSeconds, wasTried }: { readonly stalenessSeconds: number | null; readonly wasTried: boolean },
  cadenceSeconds: number,
): FreshnessStatus {
  if (!isActive(model)) return 'disabled'
  if (stalenessSeconds === null) return wasTried ? 'critical' : 'never_run'
  if (stalenessSeconds <= 1.5 * cadenceSeconds) return 'fresh'
  return stalenessSeconds <= 3 * cadenceSeconds ? 'stale' : 'critical'
}

const latest = (dates: readonly (Date | null)[]): Date | null =>
  dates.reduce((newest, date) => (date && (!newest || date > newest) ? date : newest), null)
