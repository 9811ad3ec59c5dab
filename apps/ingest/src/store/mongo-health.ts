import type { Document } from 'mongodb'
import { isActive } from '../model-health.ts'
import { newestFirst } from './catalogue-documents.ts'
import { findDue } from './due-health.ts'
import { HEALTH_FIELDS, healthId, toStoredHealth } from './health-rows.ts'
import { NOT_OF_RUNS, type HealthStore } from './health-store.ts'
import type { MongoDatabase } from './mongo-database.ts'
import { findAll } from './mongo-find-all.ts'
import { PUBLISHED, UNPUBLISHED, type ModelRef, type StoredRun } from './store.ts'

const NOT_DISABLED = { freshness_status: { $ne: 'disabled' } }

/** The health of the catalogue's models and their last runs in MongoDB. */
export function mongoHealth(database: MongoDatabase): HealthStore {
  const { guard } = database
  const health = database.named('bench_model_health')

  return {
    writeModelHealth: (healths) =>
      guard('writing the health of models', async () => {
        if (healths.length === 0) return
        const updates = healths.map(({ model, document }) => ({
          updateOne: {
            filter: { _id: healthId(model.provider, model.modelId) },
            update: { $set: document },
            upsert: true,
          },
        }))
        await health.bulkWrite(updates, { ordered: false })
      }),
    findDueHealth: (since) =>
      guard('looking for models whose health is due', async () => {
        const names = { _id: 0, provider: 1, model_id: 1 }
        const ofHealth = { ...names, updated_at: 1, freshness_status: 1 }
        // The catalogue is read last: a model that was added meanwhile is no reason to remove its health.
        const healths = await findAll(database.db, 'bench_model_health', { filter: {}, projection: ofHealth })
        const ofEntry = { ...names, enabled: 1, deprecated: 1 }
        const entries = await findAll(database.db, 'models', { filter: {}, projection: ofEntry })
        return findDue(
          entries.flatMap((entry) => withModel(entry, { isActive: isActive(entry) })),
          healths.flatMap((found) =>
            withModel(found, {
              updatedAtMs: found['updated_at'] instanceof Date ? found['updated_at'].getTime() : 0,
              isDisabled: found['freshness_status'] === 'disabled',
            }),
          ),
          since,
        )
      }),
    removeHealth: (models) =>
      guard('removing the health of models', async () => {
        const either = models.map(({ provider, modelId }) => ({ provider, model_id: modelId }))
        if (either.length > 0) await health.deleteMany({ $or: either })
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
    recentRuns: ({ provider, modelId }, { since, limit }) =>
      guard('reading the last runs of a model', async () => {
        const read = async (
          collection: StoredRun['collection'],
          at: 'run_ts' | 'ts',
        ): Promise<StoredRun[]> => {
          const filter = { provider, model_name: modelId, [at]: { $gte: since } }
          const found = await database
            .rows(collection)
            .find(filter, { sort: { [at]: -1 }, limit, projection: OF_RUNS })
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

const OF_RUNS = Object.fromEntries(['_id', ...NOT_OF_RUNS].map((field) => [field, 0]))

/** With the model that a document is of; nothing of one that names none. */
const withModel = <Rest>(
  { provider, model_id: modelId }: Document,
  rest: Rest,
): (Rest & { model: ModelRef })[] =>
  typeof provider === 'string' && typeof modelId === 'string'
    ? [{ ...rest, model: { provider, modelId } }]
    : []

/** Ten thousand documents are read for a list, and names of fields are most of what there is to decode. */
const VALUES = { values: HEALTH_FIELDS.map((field) => `$${field}`) }

/** By the key, which has an index: the provider, then what sorts right after the colon. */
const ofProvider = (provider: string | undefined): Document =>
  provider === undefined ? {} : { _id: { $gte: `${provider}:`, $lt: `${provider};` } }

/** The comparison with a date has let dates through only. */
const dateOf = (document: Document, field: string): Date => document[field] as Date
