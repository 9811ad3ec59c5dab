import type { ModelsReading } from './catalogue-store.ts'
import type { CatalogueDocument } from './store.ts'

/** A provider's documents by what names each. */
export type Documents = ReadonlyMap<string, CatalogueDocument>

/** A reading of everything. */
export const wholeReading = (version: string | null, documents: Documents): ModelsReading => ({
  version,
  documents: [...documents.values()],
  since: null,
})

/** The documents with those of the changed names as they were found now, and what that differs in. */
export function changeDocuments(
  before: Documents,
  names: readonly string[],
  found: Documents,
): { readonly documents: Documents; readonly since: NonNullable<ModelsReading['since']> } {
  const documents = new Map(before)
  for (const name of names) {
    const document = found.get(name)
    if (document === undefined) documents.delete(name)
    else documents.set(name, document)
  }
  const gone = new Set(names.map((name) => before.get(name)).filter((document) => document !== undefined))
  return { documents, since: { gone, come: [...found.values()] } }
}
