import { MongoBulkWriteError, ObjectId, type AnyBulkWriteOperation, type Document } from 'mongodb'
import { canonicalJson } from '../json/canonical.ts'
import { changedFields } from './listing-changes.ts'
import type { Discovery, ListingStore } from './listings.ts'
import type { MongoDatabase } from './mongo-database.ts'
import { refusalOf } from './mongo-refusals.ts'
import { discoveryDocument, discoveryId, discoveryRun } from './operation-documents.ts'
import type { NoteTrouble, StoredDocument } from './store.ts'

type Listed = Discovery['models'][number]
type Write = AnyBulkWriteOperation<Document & { _id: ObjectId }>

/** Models that are compared and written at a time: rows are large, and a list may have thousands. */
const CHUNK = 500

/** Provider lists in MongoDB. */
export function mongoListings(database: MongoDatabase, note: NoteTrouble): ListingStore {
  const { guard } = database
  const catalog = database.rows('provider_catalog')
  const runs = database.rows('bench_discovery_runs')

  /** Returns how many of the models were not known before. */
  async function writeModels(provider: string, models: readonly Listed[], at: Date): Promise<number> {
    const filter = { provider, model_id: { $in: models.map(({ modelId }) => modelId) } }
    const known = new Map((await catalog.find(filter).toArray()).map((row) => [String(row['model_id']), row]))
    const isAsBefore = (model: Listed): boolean => saysTheSame(known.get(model.modelId), model)
    const asBefore = models.filter(isAsBefore).map(({ modelId }) => modelId)
    const updates = models
      .filter((model) => !isAsBefore(model))
      .map((model): Write => ({
        updateOne: {
          filter: { provider, model_id: model.modelId },
          update: updateOf(known.get(model.modelId), model, at),
          upsert: true,
        },
      }))
    // Nearly all rows of nearly all readings: one update for them together.
    const seen: Write = {
      updateMany: { filter: { provider, model_id: { $in: asBefore } }, update: seenAt(at) },
    }
    return await upsertedBy([seen, ...updates])
  }

  /** Writes rows and returns how many are new. Rows that the database permanently refuses are skipped and reported. */
  async function upsertedBy(writes: readonly Write[]): Promise<number> {
    try {
      return (await catalog.bulkWrite([...writes], { ordered: false })).upsertedCount
    } catch (error) {
      if (!(error instanceof MongoBulkWriteError) || error.result.getWriteConcernError()) throw error
      const faults = [error.writeErrors].flat()
      if (faults.some((fault) => refusalOf(catalog.collectionName, fault) === null)) throw error
      for (const { code, errmsg: message = '' } of faults)
        note({ collection: catalog.collectionName, code, message, forGood: true })
      return error.upsertedCount
    }
  }

  return {
    writeDiscovery: (discovery) =>
      guard('writing what a provider lists', async () => {
        const at = discovery.startedAt ?? discovery.receivedAt
        let newCount = 0
        for (let from = 0; from < discovery.models.length; from += CHUNK) {
          newCount += await writeModels(discovery.provider, discovery.models.slice(from, from + CHUNK), at)
        }
        const run = { $setOnInsert: discoveryDocument(discovery, newCount) }
        await runs.updateOne({ _id: new ObjectId(discoveryId(discovery)) }, run, { upsert: true })
        return { newCount }
      }),
    listDiscoveryRuns: (provider, limit) =>
      guard('reading when a provider was asked', async () => {
        const found = runs.find({ provider: { $eq: provider } }, { sort: { finished_at: -1 }, limit })
        return (await found.toArray()).map(discoveryRun)
      }),
    listCatalog: (provider) =>
      guard('reading what a provider lists', async () => {
        const found = await catalog.find({ provider: { $eq: provider } }).toArray()
        return found.map((row) => ({
          modelId: String(row['model_id']),
          name: textOf(row['name']),
          raw: rawOf(row),
          firstSeenAt: dateOf(row['first_seen_at']) ?? new Date(0),
          lastSeenAt: dateOf(row['last_seen_at']) ?? new Date(0),
          changedAt: dateOf(row['changed_at']),
          changedFields: Array.isArray(row['changed_fields']) ? row['changed_fields'].map(String) : [],
        }))
      }),
  }
}

const seenAt = (at: Date) => ({ $min: { first_seen_at: at }, $max: { last_seen_at: at } })

const saysTheSame = (known: Document | undefined, { name, raw }: Listed): boolean =>
  known !== undefined && known['name'] === name && canonicalJson(rawOf(known)) === canonicalJson(raw)

/** An older reading that arrives late says when a model was seen, and nothing of what it is now. */
function updateOf(
  known: Document | undefined,
  { name, raw }: Listed,
  at: Date,
): Record<string, StoredDocument> {
  const seen = seenAt(at)
  if (known === undefined) return { ...seen, $set: { name, raw } }
  if ((dateOf(known['last_seen_at']) ?? at) > at) return seen
  const changed = changedFields({ name: textOf(known['name']), raw: rawOf(known) }, { name, raw })
  const change = changed.length === 0 ? {} : { changed_at: at, changed_fields: changed }
  return { ...seen, $set: { name, raw, ...change } }
}

const dateOf = (value: unknown): Date | null => (value instanceof Date ? value : null)

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null)

/** People may write here too: what is no object counts as an empty one. */
const rawOf = ({ raw }: Document): StoredDocument =>
  typeof raw === 'object' && raw !== null && !Array.isArray(raw) ? (raw as StoredDocument) : {}
