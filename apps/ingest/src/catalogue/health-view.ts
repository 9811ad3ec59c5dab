import { freshness, type FreshnessStatus } from '../model-health.ts'
import { healthId, type StoredHealth } from '../store/health-rows.ts'
import type { CatalogueDocument } from '../store/store.ts'

/** What is known of a model's runs, as fresh as of now: the stored word for it is as old as the last look at it. */
export type HealthView = {
  readonly freshness_status: FreshnessStatus
  readonly last_success_at: Date | null
  readonly last_attempt_at: Date | null
  readonly last_error_at: Date | null
  readonly last_error_kind: string | null
  readonly last_error_message: string | null
  readonly consecutive_failures: number | null
}

/** The health of an entry out of its stored health, undefined where none was made yet. */
export function viewHealth(
  entry: CatalogueDocument,
  stored: StoredHealth | undefined,
  { intervalMinutes, now }: { readonly intervalMinutes: number; readonly now: Date },
): HealthView {
  const lastSuccessAt = stored?.lastSuccessAt ?? null
  const lastAttemptAt = stored?.lastAttemptAt ?? null
  const stalenessSeconds =
    lastSuccessAt === null ? null : Math.max(0, (now.getTime() - lastSuccessAt.getTime()) / 1000)
  return {
    freshness_status: freshness(
      entry,
      { stalenessSeconds, wasTried: lastAttemptAt !== null },
      stored?.cadenceSeconds ?? intervalMinutes * 60,
    ),
    last_success_at: lastSuccessAt,
    last_attempt_at: lastAttemptAt,
    last_error_at: stored?.lastErrorAt ?? null,
    last_error_kind: stored?.lastErrorKind ?? null,
    last_error_message: stored?.lastErrorMessage ?? null,
    consecutive_failures: stored?.consecutiveFailures ?? null,
  }
}

/** Finds the stored health of an entry. */
export function healthByModel(
  healths: readonly StoredHealth[],
): (entry: CatalogueDocument) => StoredHealth | undefined {
  const byId = new Map(healths.map((health) => [health.id, health]))
  return (entry) => byId.get(healthId(String(entry['provider']), String(entry['model_id'])))
}
