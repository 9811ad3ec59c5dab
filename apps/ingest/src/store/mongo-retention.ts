import type { Document } from 'mongodb'
import type { MongoDatabase } from './mongo-database.ts'
import { mongoErrorRetention } from './mongo-error-retention.ts'
import { dayAfter, summaryId, type ResultDay, type RetentionStore } from './retention.ts'

/** Retention in MongoDB. */
export function mongoRetention(database: MongoDatabase): RetentionStore {
  const rowsOf = ({ model, day }: ResultDay): Document => ({
    provider: model.provider,
    model_name: model.modelId,
    run_ts: { $gte: day, $lt: dayAfter(day) },
  })
  const summaries = database.named('result_summaries')
  const doing = 'looking for old results'
  return {
    ...mongoErrorRetention(database),
    listExpiredDays: (collection, before) =>
      database.guard(doing, async () => {
        const rows = database.rows(collection)
        const named = { provider: '$provider', modelId: '$model_name' }
        const newest = await rows
          .aggregate([
            { $match: { run_ts: { $type: 'date' } } },
            { $group: { _id: named, at: { $max: '$run_ts' } } },
          ])
          .toArray()
        const day = { $dateTrunc: { date: '$run_ts', unit: 'day' } }
        const found = await rows
          .aggregate([
            { $match: { run_ts: { $lt: before } } },
            { $group: { _id: { ...named, day }, rows: { $sum: 1 }, received: { $max: '$received_at' } } },
            { $sort: { '_id.day': 1 } },
          ])
          .toArray()
        const newestOf = new Map(newest.map(({ _id, at }) => [`${_id.provider}\n${_id.modelId}`, at as Date]))
        return found
          .map(({ _id, rows: count, received }) => ({
            collection,
            model: { provider: String(_id.provider), modelId: String(_id.modelId) },
            day: _id.day as Date,
            rows: Number(count),
            // A row written by hand may not say; then it has been there for as long as anybody knows.
            lastReceivedAt: received instanceof Date ? received : (_id.day as Date),
          }))
          .filter(
            ({ model, day: of }) =>
              (newestOf.get(`${model.provider}\n${model.modelId}`) ?? of) >= dayAfter(of),
          )
      }),
    readDay: (day) =>
      database.guard(doing, async () => {
        const found = await database.rows(day.collection).find(rowsOf(day)).toArray()
        return found.map(({ _id, ...document }) => document)
      }),
    readSummary: (day, part) =>
      database.guard('reading a summary', () => summaries.findOne({ _id: summaryId(day, part) })),
    addSummary: (day, part, document) =>
      database.guard('writing a summary', async () => {
        const once = { $setOnInsert: document }
        const { upsertedCount } = await summaries.updateOne({ _id: summaryId(day, part) }, once, {
          upsert: true,
        })
        return upsertedCount === 1
      }),
    removeDay: (day, receivedUntil) =>
      database.guard('removing old results', async () => {
        const rows = database.rows(day.collection)
        const known = { $or: [{ received_at: { $lte: receivedUntil } }, { received_at: { $exists: false } }] }
        const filter = { ...rowsOf(day), ...known }
        const going = await rows.find(filter, { projection: { _id: 0, result_id: 1 } }).toArray()
        // The predecessor's rows have none.
        const ids = going.flatMap(({ result_id: id }) => (typeof id === 'string' ? [id] : []))
        // A claim left without its row would stay for ever; a row without its claim is removed the next time.
        await database.named('result_ids').deleteMany({ _id: { $in: ids }, collection: day.collection })
        return (await rows.deleteMany(filter)).deletedCount
      }),
  }
}
