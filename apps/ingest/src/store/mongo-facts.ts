import type { Collection, Document } from 'mongodb'
import type { MongoDatabase } from './mongo-database.ts'
import { mongoModelFacts } from './mongo-model-facts.ts'
import { modelName, PUBLISHED, UNPUBLISHED, type ModelRef, type Store } from './store.ts'

type FactMethods = Pick<Store, 'readModelFacts' | 'listTouched' | 'refreshRollup'>
const SAMPLES = 3

/** What `error_summaries` remembers of a fingerprint's removed rows: all that were older than `until`. */
type ErrorSummary = Document & {
  readonly _id: string
  readonly until: Date
  readonly rows: number
  readonly first_seen: Date
}

export const errorSummaries = (database: MongoDatabase): Collection<ErrorSummary> =>
  database.db.collection<ErrorSummary>('error_summaries')

/** What the collections say about models and fingerprints; every question is served by an index. */
export function mongoFacts(database: MongoDatabase): FactMethods {
  const errors = database.rows('errors_cloud')
  return {
    readModelFacts: mongoModelFacts(database),
    listTouched: (since) =>
      database.guard('listing what came in', async () => {
        const arrived = { received_at: { $gte: since } }
        const models = await Promise.all(
          [PUBLISHED, UNPUBLISHED, 'errors_cloud'].map((name) => listModels(database, name, arrived)),
        )
        const fingerprints = await errors.distinct('fingerprint', arrived)
        const unique = new Map(models.flat().map((model) => [modelName(model), model]))
        return { models: [...unique.values()], fingerprints: fingerprints.map(String) }
      }),
    refreshRollup: (fingerprint) =>
      database.guard('counting the errors of a fingerprint', async () => {
        const removed = await errorSummaries(database).findOne({ _id: fingerprint })
        // What the summary speaks for may still be there, if its removal was stopped.
        const left = removed === null ? { fingerprint } : { fingerprint, ts: { $gte: removed.until } }
        const [first, latest, count] = await Promise.all([
          errors.findOne(left, { sort: { ts: 1 } }),
          errors.find(left, { sort: { ts: -1 }, limit: 50 }).toArray(),
          errors.countDocuments(left),
        ])
        if (first === null) return
        const { provider, model_name, stage, error_kind, normalized_message } = first
        const samples = [...new Set(latest.map((error) => String(error['message'])))].slice(0, SAMPLES)
        const update = {
          $set: { provider, model_name, stage, error_kind, normalized_message, sample_messages: samples },
          // What was removed is counted too, so these only ever move one way, whoever derives them last.
          $min: { first_seen: removed?.first_seen ?? first['ts'] },
          $max: { last_seen: latest[0]?.['ts'] ?? first['ts'], count: count + (removed?.rows ?? 0) },
        }
        await database.rows('error_rollups').updateOne({ fingerprint }, update, { upsert: true })
      }),
  }
}

/** The models that the documents of a collection are of. */
export async function listModels(
  database: MongoDatabase,
  collection: string,
  filter: Document,
): Promise<ModelRef[]> {
  const group = { $group: { _id: { provider: '$provider', modelId: '$model_name' } } }
  const found = await database
    .rows(collection)
    .aggregate([{ $match: filter }, group])
    .toArray()
  return found.map(({ _id }) => ({ provider: String(_id.provider), modelId: String(_id.modelId) }))
}
