import { BSON, ObjectId, type Document } from 'mongodb'
import type { CatalogueStore, ModelsReading } from './catalogue-store.ts'
import { changeDocuments, wholeReading, type Documents } from './kept-documents.ts'
import type { MongoDatabase } from './mongo-database.ts'
import type { CatalogueWatch } from './mongo-watch.ts'

/** One provider's documents out of MongoDB; what has changed since an earlier reading is what the watch has seen. */
export function mongoReadings(database: MongoDatabase, watch: CatalogueWatch): CatalogueStore['readModels'] {
  const models = database.rows('models')
  const readings = new WeakMap<ModelsReading, Documents>()

  const keep = (reading: ModelsReading, documents: Documents): ModelsReading => {
    readings.set(reading, documents)
    return reading
  }
  /** Read as the majority has them: what a new primary takes back is no change that anybody would be told of. */
  const find = async (provider: string, ids?: readonly unknown[]): Promise<Map<string, Document>> => {
    const wanted = { provider: { $eq: provider }, ...(ids && { _id: { $in: ids as ObjectId[] } }) }
    const found = await database.guard('reading the catalogue', () =>
      models.find(wanted, { readConcern: { level: 'majority' } }).toArray(),
    )
    return new Map(found.map((document) => [keyOf(document['_id']), document]))
  }

  return async (provider, before) => {
    // Asked before the documents are read: what changes meanwhile is read again, never overlooked.
    const version = watch.version()
    const known = before && readings.get(before)
    const ids = before?.version != null && version !== null ? watch.changedSince(before.version) : null
    if (known === undefined || ids === null) {
      const documents = await find(provider)
      return keep(wholeReading(version, documents), documents)
    }
    const found = ids.length === 0 ? new Map<string, Document>() : await find(provider, ids)
    const { documents, since } = changeDocuments(known, [...new Set(ids.map(keyOf))], found)
    return keep({ version, documents: [...documents.values()], since }, documents)
  }
}

/** People may give a document an `_id` of any type; two of different types are different. */
const keyOf = (_id: unknown): string =>
  _id instanceof ObjectId ? _id.toHexString() : BSON.EJSON.stringify({ _id }, { relaxed: false })
