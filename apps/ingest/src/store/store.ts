/**
 * What the ingest asks of a database. Two implementations, MongoDB and SQLite, pass one contract suite.
 * Every method throws `StoreUnavailable` when it cannot say: never a guess, never a default.
 */

import type { CatalogueStore } from './catalogue-store.ts'
import type { HealthStore } from './health-store.ts'
import type { ListingStore } from './listings.ts'
import type { ModelFacts } from './model-facts.ts'
import type { RetentionStore } from './retention.ts'

export const PUBLISHED = 'metrics_cloud_v2'
export const UNPUBLISHED = 'metrics_cloud_probe'
export type ResultCollection = typeof PUBLISHED | typeof UNPUBLISHED

export type StoredValue =
  | string
  | number
  | boolean
  | null
  | Date
  | readonly StoredValue[]
  | { readonly [key: string]: StoredValue }
export type StoredDocument = { readonly [key: string]: StoredValue }

export type ModelRef = { readonly provider: string; readonly modelId: string }
/** What tells one model from another. */
export const modelName = ({ provider, modelId }: ModelRef): string => `${provider}\n${modelId}`

/** Which document it is and what it says. */
export type Identity = { readonly resultId: string; readonly contentSha256: string }

/** A result ready to be stored: identity and index fields beside the document that readers will see. */
export type ResultRow = Identity & {
  readonly collection: ResultCollection
  /** The row is published where the model's catalogue entry chose this profile. */
  readonly publishedIfChosen?: string
  readonly model: ModelRef
  readonly at: Date
  readonly receivedAt: Date
  readonly document: StoredDocument
}

export type ErrorRow = Identity & {
  readonly model: ModelRef
  readonly at: Date
  readonly receivedAt: Date
  readonly stage: string
  readonly kind: string
  readonly fingerprint: string
  readonly document: StoredDocument
}

/** `undecided`: the store can neither confirm that the row is in nor that it is not; the sender must ask again. */
export type WriteVerdict = 'created' | 'duplicate' | 'conflict' | 'undecided'

/** The database permanently refuses the document: why, without any value of the document. */
export type Refusal = { readonly refused: string; readonly code?: number | undefined }
export type WriteOutcome = WriteVerdict | Refusal

/** Why the database did not store a document; `forGood`: until a person changes the database. */
export type Trouble = {
  readonly collection: string
  /** The database's own error code. */
  readonly code: number | undefined
  readonly message: string
  readonly forGood: boolean
}
export type NoteTrouble = (trouble: Trouble) => void

/** A catalogue document as it lies in the store; people write it by hand too, so every field may be missing or odd. */
export type CatalogueDocument = Readonly<Record<string, unknown>>

export type ModelChange = {
  readonly action:
    | 'add'
    | 'disable'
    | 'enable'
    | 'deprecate'
    | 'probe'
    | 'promote'
    | 'set'
    | 'import'
    | 'recheck'
  readonly at: Date
  readonly actor: string
  readonly reason: string | null
  /** Made against a rule that spoke against it. */
  readonly forced?: boolean
}

/** A change as it was recorded, before it was made. */
export type RecordedChange = {
  readonly action: string
  readonly at: Date
  readonly actor: string
  readonly reason: string | null
  readonly forced: boolean
  /** `intended`: whoever made it stopped between the record and the change, so it may not have come about. */
  readonly outcome: 'intended' | 'made' | 'refused'
  readonly before: CatalogueDocument | null
  readonly set: CatalogueDocument
}

/** `state`: how it begins where that is not plainly enabled. */
export type NewModel = ModelRef & {
  readonly displayName: string
  readonly quirks: StoredDocument
  readonly state?: StoredDocument
}

/** Fields to set, or a look at the entry as it is that says which; null changes nothing. It may look more than once. */
export type ModelEdit = StoredDocument | ((before: CatalogueDocument) => StoredDocument | null)

/** A stored result or failed attempt of a model. */
export type StoredRun = {
  readonly kind: 'result' | 'error'
  readonly collection: ResultCollection | 'errors_cloud'
  readonly at: Date
  readonly document: CatalogueDocument
}

export type RunnerState = { readonly runnerId: string; readonly state: string; readonly receivedAt: Date }
/** A runner as its last heartbeat tells it; null is what it did not tell. */
export type HeardRunner = RunnerState & {
  readonly outboxDepth: number | null
  readonly outboxOldestAgeSeconds: number | null
  readonly deadLetters: number | null
  readonly configAgeSeconds: number | null
  /** Whether the runner's own error, as it last measured it, is within its limit. */
  readonly calibrationPassed: boolean | null
  /** That error at the first token, 99th percentile. */
  readonly calibrationErrorSeconds: number | null
  /** The vendors it measures, `-` written as `_`. */
  readonly vendors: readonly string[]
}
type Heartbeat = RunnerState & { readonly document: StoredDocument }

export type ApiKey = {
  readonly id: string
  readonly digest: string
  readonly runner: string
  readonly scopes: readonly string[]
  readonly createdAt: Date
  readonly expiresAt: Date | null
  readonly revokedAt: Date | null
}

export type Store = CatalogueStore &
  HealthStore &
  ListingStore & {
    readonly kind: 'mongodb' | 'sqlite'
    /**
     * Connects, creates collections and indexes. Called again, it recreates what is missing. Throws `StoreUnavailable`,
     * and `WorkFault` where documents or indexes in the way have to be removed by a person.
     */
    readonly prepare: () => Promise<PrepareReport>
    /** Whether everything needed to store a document exactly once existed at the last check. */
    readonly isPrepared: () => boolean
    /** Resolves when the store answers within about a second. */
    readonly ping: () => Promise<void>
    readonly close: () => Promise<void>
    readonly retention: RetentionStore

    /** One outcome per row, in order; `created` only after a durable, majority-acknowledged write. */
    readonly writeResults: (rows: readonly ResultRow[]) => Promise<WriteOutcome[]>
    /** What `writeResults` would say of documents that are already known, without writing; null for unknown ids. */
    readonly recallResults: (documents: readonly Identity[]) => Promise<(WriteVerdict | null)[]>
    readonly writeErrors: (rows: readonly ErrorRow[]) => Promise<WriteOutcome[]>
    readonly recallErrors: (documents: readonly Identity[]) => Promise<(WriteVerdict | null)[]>
    readonly newestPublishedAt: () => Promise<Date | null>

    readonly writeHeartbeat: (heartbeat: Heartbeat) => Promise<void>
    readonly listRunners: () => Promise<HeardRunner[]>

    /** All keys, as the majority has them: a revoked one is never seen as it was before. */
    readonly listKeys: () => Promise<ApiKey[]>
    readonly addKey: (key: ApiKey) => Promise<void>
    readonly revokeKey: (id: string, at: Date) => Promise<boolean>

    /** For each model, in order. */
    readonly readModelFacts: (models: readonly ModelRef[], now: Date) => Promise<ModelFacts[]>
    /** Derives the rollup of one fingerprint from the errors themselves, so that it can be repeated at will. */
    readonly refreshRollup: (fingerprint: string) => Promise<void>
    /** Models and fingerprints of everything received since `since`. */
    readonly listTouched: (since: Date) => Promise<{ models: ModelRef[]; fingerprints: string[] }>
  }

/** Guards of the catalogue that could not be put up because its data breaks them already; worth an alarm, not a stop. */
type PrepareReport = { readonly problems: readonly string[] }
