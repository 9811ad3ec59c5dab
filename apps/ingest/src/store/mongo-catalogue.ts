import { MongoServerError, ObjectId } from 'mongodb'
import { WorkFault } from '../errors.ts'
import type { CatalogueStore, ModelFields } from './catalogue-store.ts'
import { catalogueDocument, changeRecord, fieldsOf, toRecordedChange } from './catalogue-documents.ts'
import { DUPLICATE_KEY, type MongoDatabase } from './mongo-database.ts'
import { findAll } from './mongo-find-all.ts'
import type { ModelChange, ModelEdit, ModelRef } from './store.ts'

type CatalogueMethods = Omit<CatalogueStore, 'readModels' | 'catalogueVersion'>

/** How often an entry is looked at again that others changed meanwhile. */
const MAX_TRIES = 20

/** The catalogue in MongoDB. A change is recorded before it is made, and the record then says that it was. */
export function mongoCatalogue(database: MongoDatabase): CatalogueMethods {
  const { guard } = database
  const models = database.rows('models')
  const changes = database.rows('model_changes')

  const note = (recordId: ObjectId, outcome: 'made' | 'refused') =>
    changes.updateOne({ _id: recordId }, { $set: { outcome } })

  /** Does what a record announces; where an index refuses it, the record says so. */
  const orRefused = async <Result>(recordId: ObjectId, work: () => Promise<Result>): Promise<Result> => {
    try {
      return await work()
    } catch (error) {
      if (isDuplicate(error)) await note(recordId, 'refused')
      throw error
    }
  }

  /** Sets fields of one document only if it is still what `edit` saw, whoever else writes it and by what means. */
  const changeOne = async (
    _id: ObjectId,
    model: ModelRef,
    edit: ModelEdit,
    change: ModelChange,
  ): Promise<boolean> => {
    const recordId = new ObjectId()
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const before = await models.findOne({ _id })
      const set = before && fieldsOf(edit, before)
      if (set === null) {
        await note(recordId, 'refused')
        return false
      }
      const record = { ...changeRecord(model, change, { before, set }), outcome: 'intended' }
      await changes.replaceOne({ _id: recordId }, record, { upsert: true })
      const asSeen = { _id, $expr: { $eq: ['$$ROOT', { $literal: before }] } }
      const { matchedCount } = await orRefused(recordId, () => models.updateOne(asSeen, { $set: set }))
      if (matchedCount === 0) continue
      await note(recordId, 'made')
      return true
    }
    await note(recordId, 'refused')
    throw new WorkFault(`${model.provider} ${model.modelId} is being changed by others all the time`)
  }

  return {
    findModels: (wanted) =>
      guard('reading the catalogue', async () => {
        if (wanted.length === 0) return []
        const either = wanted.map(({ provider, modelId }) => ({ provider, model_id: modelId }))
        return await models.find({ $or: either }).toArray()
      }),
    listModels: (provider, fields) =>
      guard('reading the catalogue', () => {
        const filter = provider === undefined ? {} : { provider: { $eq: provider } }
        return findAll(database.db, 'models', { filter, projection: fields && projectionOf(fields) })
      }),
    addModel: (model, change) =>
      clashOr(() =>
        guard('adding a model', async () => {
          const document = catalogueDocument(model, change.at)
          const record = changeRecord(model, change, { before: null, set: document })
          const recordId = new ObjectId()
          await changes.insertOne({ _id: recordId, ...record, outcome: 'intended' })
          await orRefused(recordId, () => models.insertOne({ _id: new ObjectId(), ...document }))
          await note(recordId, 'made')
          return 'added' as const
        }),
      ),
    changeModel: (model, edit, change) =>
      clashOr(() =>
        guard('changing a model', async () => {
          const filter = { provider: model.provider, model_id: model.modelId }
          // Where people have written an entry twice, one left as it was would undo what is done to the other.
          const twins = await models.find(filter, { projection: { _id: 1 } }).toArray()
          if (twins.length === 0) return 'missing'
          let changed = false
          for (const { _id } of twins) changed = (await changeOne(_id, model, edit, change)) || changed
          return changed ? 'changed' : 'unchanged'
        }),
      ),
    listChanges: (model, limit) =>
      guard('reading changes of the catalogue', async () => {
        const filter = { provider: model.provider, model_id: model.modelId }
        const found = await changes.find(filter, { sort: { at: -1, _id: -1 }, limit }).toArray()
        return found.map(toRecordedChange)
      }),
  }
}

const projectionOf = (fields: ModelFields): Record<string, 0 | 1> =>
  'only' in fields ? { _id: 0, ...markAll(fields.only, 1) } : markAll(fields.without, 0)

const markAll = <Mark>(fields: readonly string[], mark: Mark): Record<string, Mark> =>
  Object.fromEntries(fields.map((field) => [field, mark]))

const isDuplicate = (error: unknown): boolean =>
  error instanceof MongoServerError && error.code === DUPLICATE_KEY

/** A unique index that refuses is an answer; anything else is not. */
async function clashOr<Result>(work: () => Promise<Result>): Promise<Result | 'clash'> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof Error && isDuplicate(error.cause)) return 'clash'
    throw error
  }
}
