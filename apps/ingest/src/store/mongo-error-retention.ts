import type { Collection, Document } from 'mongodb'
import { INGEST_STAGE } from '../documents/failure.ts'
import type { MongoDatabase } from './mongo-database.ts'
import type { ExpiredErrors, RetentionStore } from './retention.ts'
import { PUBLISHED } from './store.ts'

/** What `error_summaries` remembers of a fingerprint's removed rows: all that were older than `until`. */
export type ErrorSummary = { readonly until: Date; readonly rows: number; readonly first_seen: Date }
type SummaryDocument = Document & ErrorSummary & { _id: string }

export const errorSummaries = (database: MongoDatabase): Collection<SummaryDocument> =>
  database.db.collection<SummaryDocument>('error_summaries')

/** Retention of failed attempts in MongoDB. */
export function mongoErrorRetention(
  database: MongoDatabase,
): Pick<RetentionStore, 'listExpiredErrors' | 'removeErrors'> {
  const errors = database.rows('errors_cloud')
  const summaries = errorSummaries(database)

  const listOfModel = async (of: Document, cutoff: Date): Promise<ExpiredErrors[]> => {
    const before = await endOfExpired(database, of, cutoff)
    if (before === null) return []
    const found = await errors
      .aggregate([
        { $match: { ...of, ts: { $lt: before, $type: 'date' }, fingerprint: { $type: 'string' } } },
        { $group: { _id: '$fingerprint', rows: { $sum: 1 } } },
        { $sort: { _id: 1 } },
      ])
      .toArray()
    if (found.length === 0) return []
    const fingerprints = found.map(({ _id, rows }) => ({ fingerprint: String(_id), rows: Number(rows) }))
    const model = { provider: String(of['provider']), modelId: String(of['model_name']) }
    return [{ model, before, fingerprints }]
  }

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
    listExpiredErrors: (before) =>
      database.guard('looking for old errors', async () => {
        const group = { $group: { _id: { provider: '$provider', model_name: '$model_name' } } }
        const models = await errors
          .aggregate([{ $match: { ts: { $lt: before, $type: 'date' } } }, group])
          .toArray()
        const expired: ExpiredErrors[] = []
        for (const { _id } of models) expired.push(...(await listOfModel(_id as Document, before)))
        return expired
      }),
    removeErrors: (fingerprint, before) =>
      database.guard('removing old errors', async () => {
        if (!(await sumUp(fingerprint, before))) return 0
        return (await errors.deleteMany({ fingerprint, ts: { $lt: before } })).deletedCount
      }),
  }
}

/** Until when a model's failures may go; null where all of them still tell of its health. */
async function endOfExpired(database: MongoDatabase, of: Document, cutoff: Date): Promise<Date | null> {
  const [success, failure] = await Promise.all([
    database
      .rows(PUBLISHED)
      .findOne({ ...of, run_ts: { $type: 'date' } }, { sort: { run_ts: -1 }, projection: { run_ts: 1 } }),
    database
      .rows('errors_cloud')
      .findOne(
        { ...of, stage: { $ne: INGEST_STAGE }, ts: { $type: 'date' } },
        { sort: { ts: -1 }, projection: { ts: 1 } },
      ),
  ])
  if (success === null) return null
  const ends = [cutoff, success['run_ts'] as Date, (failure?.['ts'] as Date | undefined) ?? cutoff]
  return new Date(Math.min(...ends.map((end) => end.getTime())))
}
