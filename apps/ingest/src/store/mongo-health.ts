import type { Document } from 'mongodb'
import { newestFirst } from './catalogue-documents.ts'
import { HEALTH_FIELDS, healthId, toStoredHealth } from './health-rows.ts'
import type { HealthStore } from './health-store.ts'
import type { MongoDatabase } from './mongo-database.ts'
import { findAll } from './mongo-find-all.ts'
import { PUBLISHED, UNPUBLISHED, type StoredRun } from './store.ts'

const NOT_DISABLED = { freshness_status: { $ne: 'disabled' } }

/** The health of the catalogue's models and their last runs in MongoDB. */
export function mongoHealth(database: MongoDatabase): HealthStore {
  const { guard } = database
  const health = database.named('bench_model_health')
  const models = database.rows('models')

  return {
    writeModelHealth: (model, _updatedAt, document) =>
      guard('writing the health of a model', async () => {
        const id = healthId(model.provider, model.modelId)
        await health.updateOne({ _id: id }, { $set: document }, { upsert: true })
      }),
    listHealth: (provider) =>
      guard('reading the health of models', async () => {
        const wanted = { filter: ofProvider(provider), projection: VALUES }
        const found = await findAll(database.db, 'bench_model_health', wanted)
        return found.map(({ _id, values }) => toStoredHealth(String(_id), values as unknown[]))
      }),
    newestByProvider: () =>
      guard('reading the newest result of each provider', async () => {
        const newest = { $group: { _id: '$provider', at: { $max: '$last_success_at' } } }
        const found = await health.aggregate([{ $match: NOT_DISABLED }, newest]).toArray()
        return found.flatMap(({ _id: provider, at }) =>
          at instanceof Date ? [{ provider: String(provider), at }] : [],
        )
      }),
    countFreshness: () =>
      guard('counting models by freshness', async () => {
        const group = { _id: { provider: '$provider', freshness: '$freshness_status' }, count: { $sum: 1 } }
        const found = await health.aggregate([{ $match: NOT_DISABLED }, { $group: group }]).toArray()
        return found.map(({ _id: { provider, freshness }, count }) => ({
          provider: String(provider),
          freshness: String(freshness),
          count: Number(count),
        }))
      }),
    listOverdueHealth: (before, limit) =>
      guard('listing models to look at', async () => {
        const [listed, looked] = await Promise.all([
          models.find({}, { projection: { provider: 1, model_id: 1 } }).toArray(),
          health.find({}, { projection: { updated_at: 1 } }).toArray(),
        ])
        const at = new Map(looked.map((document) => [document['_id'], Number(document['updated_at'] ?? 0)]))
        return listed
          .filter((model) => typeof model['provider'] === 'string' && typeof model['model_id'] === 'string')
          .map((model) => ({ provider: String(model['provider']), modelId: String(model['model_id']) }))
          .map((model) => ({ model, updatedAt: at.get(healthId(model.provider, model.modelId)) ?? 0 }))
          .filter(({ updatedAt }) => updatedAt < before.getTime())
          .sort((left, right) => left.updatedAt - right.updatedAt)
          .slice(0, limit)
          .map(({ model }) => model)
      }),
    recentRuns: ({ provider, modelId }, { since, limit }) =>
      guard('reading the last runs of a model', async () => {
        const read = async (
          collection: StoredRun['collection'],
          at: 'run_ts' | 'ts',
        ): Promise<StoredRun[]> => {
          const filter = { provider, model_name: modelId, [at]: { $gte: since } }
          const found = await database
            .rows(collection)
            .find(filter, { sort: { [at]: -1 }, limit, projection: { _id: 0 } })
            .toArray()
          const kind = collection === 'errors_cloud' ? 'error' : 'result'
          return found.map((document) => ({ kind, collection, at: dateOf(document, at), document }))
        }
        const runs = await Promise.all([
          read(PUBLISHED, 'run_ts'),
          read(UNPUBLISHED, 'run_ts'),
          read('errors_cloud', 'ts'),
        ])
        return newestFirst(runs.flat(), limit)
      }),
  }
}

/** Ten thousand documents are read for a list, and names of fields are most of what there is to decode. */
const VALUES = { values: HEALTH_FIELDS.map((field) => `$${field}`) }

/** By the key, which has an index: the provider, then what sorts right after the colon. */
const ofProvider = (provider: string | undefined): Document =>
  provider === undefined ? {} : { _id: { $gte: `${provider}:`, $lt: `${provider};` } }

/** The comparison with a date has let dates through only. */
const dateOf = (document: Document, field: string): Date => document[field] as Date
