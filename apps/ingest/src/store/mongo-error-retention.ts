import type { MongoDatabase } from './mongo-database.ts'
import { errorSummaries, listModels } from './mongo-facts.ts'
import type { RetentionStore } from './retention.ts'

/** Retention of failed attempts in MongoDB. */
export function mongoErrorRetention(
  database: MongoDatabase,
): Pick<RetentionStore, 'listModelsWithErrors' | 'countErrors' | 'removeErrors'> {
  const errors = database.rows('errors_cloud')
  const summaries = errorSummaries(database)
  const doing = 'looking for old errors'

  /** Makes the summary speak for all before `before`; false where another process has changed it meanwhile. */
  const sumUp = async (fingerprint: string, before: Date): Promise<boolean> => {
    const known = await summaries.findOne({ _id: fingerprint })
    if (known !== null && known.until >= before) return true
    const ts = { $lt: before, ...(known && { $gte: known.until }) }
    const group = { _id: null, rows: { $sum: 1 }, first: { $min: '$ts' } }
    const [found] = await errors.aggregate([{ $match: { fingerprint, ts } }, { $group: group }]).toArray()
    if (found === undefined) return true
    if (known === null) {
      const summary = { until: before, rows: Number(found['rows']), first_seen: found['first'] as Date }
      const { upsertedCount } = await summaries.updateOne(
        { _id: fingerprint },
        { $setOnInsert: summary },
        { upsert: true },
      )
      return upsertedCount === 1
    }
    const update = { $set: { until: before }, $inc: { rows: Number(found['rows']) } }
    return (await summaries.updateOne({ _id: fingerprint, until: known.until }, update)).matchedCount === 1
  }

  return {
    listModelsWithErrors: (before) =>
      database.guard(doing, () =>
        listModels(database, 'errors_cloud', { ts: { $lt: before, $type: 'date' } }),
      ),
    countErrors: ({ provider, modelId }, before) =>
      database.guard(doing, async () => {
        const old = { provider, model_name: modelId, ts: { $lt: before, $type: 'date' } }
        const found = await errors
          .aggregate([
            { $match: { ...old, fingerprint: { $type: 'string' } } },
            { $group: { _id: '$fingerprint', rows: { $sum: 1 } } },
            { $sort: { _id: 1 } },
          ])
          .toArray()
        return found.map(({ _id, rows }) => ({ fingerprint: String(_id), rows: Number(rows) }))
      }),
    removeErrors: (fingerprint, before) =>
      database.guard('removing old errors', async () => {
        if (!(await sumUp(fingerprint, before))) return 0
        return (await errors.deleteMany({ fingerprint, ts: { $lt: before } })).deletedCount
      }),
  }
}
