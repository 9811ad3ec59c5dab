import type {
  CatalogueDocument,
  ModelChange,
  ModelEdit,
  ModelRef,
  NewModel,
  RecordedChange,
} from './store.ts'

/** One provider's documents as they were read. */
export type ModelsReading = {
  /** The catalogue's version from just before; null where nobody could tell. */
  readonly version: string | null
  readonly documents: readonly CatalogueDocument[]
  /** What it differs in from the reading it was made out of; null where everything was read. */
  readonly since: ModelsDifference | null
}

export type ModelsDifference = {
  /** The very objects of the earlier reading. */
  readonly gone: ReadonlySet<CatalogueDocument>
  readonly come: readonly CatalogueDocument[]
}

/** Which fields of a document a reader needs: some, or all but some. */
export type ModelFields = { readonly only: readonly string[] } | { readonly without: readonly string[] }

/** The catalogue: what is measured, and who changed it why. */
export type CatalogueStore = {
  readonly findModels: (models: readonly ModelRef[]) => Promise<CatalogueDocument[]>
  /** All documents of one provider, or of all; of each at least what is asked for. */
  readonly listModels: (provider?: string, fields?: ModelFields) => Promise<CatalogueDocument[]>
  /**
   * All documents of one provider. With what this store read of it before, only what has changed since is read, where
   * that is known; the others are the very same objects.
   */
  readonly readModels: (provider: string, before?: ModelsReading) => Promise<ModelsReading>
  readonly addModel: (model: NewModel, change: ModelChange) => Promise<'added' | 'clash'>
  /**
   * Changes every document of that id, each only as `edit` saw it: a change that came between is looked at again.
   * Throws `WorkFault` where others change it all the time, and whatever `edit` throws.
   */
  readonly changeModel: (
    model: ModelRef,
    edit: ModelEdit,
    change: ModelChange,
  ) => Promise<'changed' | 'unchanged' | 'missing' | 'clash'>
  /** The newest first. */
  readonly listChanges: (model: ModelRef, limit: number) => Promise<RecordedChange[]>
  /** The same word as long as no catalogue document has changed; null where nobody can tell. */
  readonly catalogueVersion: () => string | null
}
