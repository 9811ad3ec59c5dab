import type { DueHealth, DueSince } from './due-health.ts'
import type { StoredHealth } from './health-rows.ts'
import type { ModelRef, StoredDocument, StoredRun } from './store.ts'

export type DerivedHealth = {
  readonly model: ModelRef
  readonly updatedAt: Date
  readonly document: StoredDocument
}

/** Most of a stored row, and nothing that says what came of its run. */
export const NOT_OF_RUNS = ['times_between_tokens', 'misc', 'server_timing'] as const

/** How fresh the catalogue's models are, and their last runs. */
export type HealthStore = {
  /** The newest published result of each provider that has a model enabled, out of the health of its models. */
  readonly newestByProvider: () => Promise<{ provider: string; at: Date }[]>
  /** How many models of each provider are how fresh; disabled ones are not counted. */
  readonly countFreshness: () => Promise<{ provider: string; freshness: string; count: number }[]>
  /** Results of both collections and failed attempts from `since` on, the newest first, without `NOT_OF_RUNS`. */
  readonly recentRuns: (
    model: ModelRef,
    options: { readonly since: Date; readonly limit: number },
  ) => Promise<StoredRun[]>
  /** What is known of the runs of one provider's models, or of all: what is stored, but for what is derived anew. */
  readonly listHealth: (provider?: string) => Promise<StoredHealth[]>
  readonly writeModelHealth: (healths: readonly DerivedHealth[]) => Promise<void>
  readonly findDueHealth: (since: DueSince) => Promise<DueHealth>
  readonly removeHealth: (models: readonly ModelRef[]) => Promise<void>
}
