import { freshness, type FreshnessStatus } from '../model-health.ts'
import type { CatalogueDocument } from '../store/store.ts'
import { instantOf } from './entry.ts'

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

/** The health of an entry out of its stored health document, undefined where none was made yet. */
export function viewHealth(
  entry: CatalogueDocument,
  stored: CatalogueDocument | undefined,
  { intervalMinutes, now }: { readonly intervalMinutes: number; readonly now: Date },
): HealthView {
  const lastSuccessAt = instantOf(stored?.['last_success_at'])
  const lastAttemptAt = instantOf(stored?.['last_attempt_at'])
  const { cadence_seconds: cadence, consecutive_failures: failures } = stored ?? {}
  const stalenessSeconds =
    lastSuccessAt === null ? null : Math.max(0, (now.getTime() - lastSuccessAt.getTime()) / 1000)
  return {
    freshness_status: freshness(
      entry,
      { stalenessSeconds, wasTried: lastAttemptAt !== null },
      typeof cadence === 'number' ? cadence : intervalMinutes * 60,
    ),
    last_success_at: lastSuccessAt,
    last_attempt_at: lastAttemptAt,
    last_error_at: instantOf(stored?.['last_error_at']),
    last_error_kind: textOf(stored?.['last_error_kind']),
    last_error_message: textOf(stored?.['last_error_message']),
    consecutive_failures: typeof failures === 'number' ? failures : null,
  }
}

/** Stored health documents by the entry they speak of. */
export const healthByModel = (
  documents: readonly CatalogueDocument[],
): ReadonlyMap<string, CatalogueDocument> =>
  new Map(documents.map((document) => [modelKey(document), document]))

/** What tells one entry from another. */
export const modelKey = (document: CatalogueDocument): string =>
  `${String(document['provider'])}\n${String(document['model_id'])}`

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null)
