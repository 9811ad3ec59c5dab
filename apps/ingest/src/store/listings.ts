import type { StoredDocument } from './store.ts'

/** One reading of a provider's list of models. */
export type Discovery = {
  readonly provider: string
  readonly startedAt: Date | null
  readonly receivedAt: Date
  readonly paginationComplete: boolean
  /** Why it is not complete, in the runner's words; null where it is or nobody says. */
  readonly reason: string | null
  readonly runnerId: string | null
  readonly contentSha256: string
  readonly models: readonly {
    readonly modelId: string
    readonly name: string | null
    readonly raw: StoredDocument
  }[]
}

/** A reading as it was recorded. */
export type DiscoveryRun = {
  /** When it began; when it was received where nobody said. */
  readonly at: Date
  readonly complete: boolean
  readonly rawCount: number
  readonly newCount: number
  readonly reason: string | null
  readonly runnerId: string | null
}

/** A model as its provider lists it. */
export type CatalogRow = {
  readonly modelId: string
  readonly name: string | null
  readonly raw: StoredDocument
  readonly firstSeenAt: Date
  readonly lastSeenAt: Date
  /** When its row last said something else than before, and in which fields; null when it never did. */
  readonly changedAt: Date | null
  readonly changedFields: readonly string[]
}

/** Provider lists: what runners report and what is read of it. */
export type ListingStore = {
  readonly writeDiscovery: (discovery: Discovery) => Promise<{ newCount: number }>
  /** The newest readings of a provider's list, the newest first, at most so many. */
  readonly listDiscoveryRuns: (provider: string, limit: number) => Promise<DiscoveryRun[]>
  /** Every model that the provider has ever listed. */
  readonly listCatalog: (provider: string) => Promise<CatalogRow[]>
}
