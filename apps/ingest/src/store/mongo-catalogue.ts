import { MongoServerError, ObjectId } from 'mongodb'
import { catalogueDocument, changeRecord } from './catalogue-documents.ts'
import { DUPLICATE_KEY, type MongoDatabase } from './mongo-database.ts'
import type { Store } from './store.ts'

type CatalogueMethods = Pick<
  Store,
  | 'findModels'
  | 'listModels'
  | 'addModel'
  | 'changeModel'
  | 'writeModelHealth'
  | 'listOverdueHealth'
  | 'newestByProvider'
  | 'countFreshness'
>

const NOT_DISABLED = { freshness_status: { $ne: 'disabled' } }

/** The catalogue and the health of its models in MongoDB. A change is recorded before it is made. */
export function mongoCatalogue(database: MongoDatabase): CatalogueMethods {
  const { guard } = database
  const models = database.rows('models')
  const changes = database.rows('model_changes')
  const health = database.named('bench_model_health')

  return {
    findModels: (wanted) =>
      guard('reading the catalogue', async () => {
        if (wanted.length === 0) return []
        const either = wanted.map(({ provider, modelId }) => ({ provider, model_id: modelId }))
        return await models.find({ $or: either }).toArray()
      }),
    listModels: (provider) =>
      guard('reading the catalogue', () =>
        models.find(provider === undefined ? {} : { provider: { $eq: provider } }).toArray(),
      ),
    addModel: (model, change) =>
      clashOr(() =>
        guard('adding a model', async () => {
          await changes.insertOne({ _id: new ObjectId(), ...changeRecord(model, change, null) })
          await models.insertOne({ _id: new ObjectId(), ...catalogueDocument(model, change.at) })
          return 'added' as const
        }),
      ),
    changeModel: (model, set, change) =>
      clashOr(() =>
        guard('changing a model', async () => {
          const filter = { provider: model.provider, model_id: model.modelId }
          const before = await models.findOne(filter)
          if (before === null) return 'missing'
          await changes.insertOne({ _id: new ObjectId(), ...changeRecord(model, change, before) })
          await models.updateOne({ _id: before['_id'] }, { $set: set })
          return 'changed'
        }),
      ),
    writeModelHealth: (model, _updatedAt, document) =>
      guard('writing the health of a model', async () => {
        const id = `${model.provider}:${model.modelId}`
        await health.updateOne({ _id: id }, { $set: document }, { upsert: true })
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
          .map((model) => ({ model, updatedAt: at.get(`${model.provider}:${model.modelId}`) ?? 0 }))
          .filter(({ updatedAt }) => updatedAt < before.getTime())
          .sort((left, right) => left.updatedAt - right.updatedAt)
          .slice(0, limit)
          .map(({ model }) => model)
      }),
  }
}

/** A unique index that refuses is an answer; anything else is not. */
async function clashOr<Result>(work: () => Promise<Result>): Promise<Result | 'clash'> {
  try {
    return await work()
  } catch (error) {
    const cause = error instanceof Error ? error.cause : null
    if (cause instanceof MongoServerError && cause.code === DUPLICATE_KEY) return 'clash'
    throw error
  }
}
