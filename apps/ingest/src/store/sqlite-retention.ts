import { dayAfter, summaryId, DAY_MS, type ResultDay, type RetentionStore } from './retention.ts'
import type { SqliteDatabase } from './sqlite-database.ts'
import type { StoredDocument } from './store.ts'

const ROWS = 'collection = ? AND provider = ? AND model_name = ? AND run_ts >= ? AND run_ts < ?'

/** Retention in SQLite. */
export function sqliteRetention(database: SqliteDatabase): RetentionStore {
  const valuesOf = ({ collection, model, day }: ResultDay) =>
    [collection, model.provider, model.modelId, day.getTime(), dayAfter(day).getTime()] as const
  return {
    listExpiredDays: async (collection, before) => {
      const rows = database.all(
        'looking for old results',
        `SELECT provider, model_name, run_ts / ${DAY_MS} AS day, count(*) AS n, max(received_at) AS received
         FROM results AS old WHERE collection = ?1 AND run_ts < ?2
         GROUP BY provider, model_name, day
         HAVING day < (SELECT max(run_ts) / ${DAY_MS} FROM results
           WHERE collection = ?1 AND provider = old.provider AND model_name = old.model_name)
         ORDER BY day`,
        collection,
        before.getTime(),
      )
      return rows.map((row) => ({
        collection,
        model: { provider: String(row['provider']), modelId: String(row['model_name']) },
        day: new Date(Number(row['day']) * DAY_MS),
        rows: Number(row['n']),
        lastReceivedAt: new Date(Number(row['received'])),
      }))
    },
    readDay: async (day) =>
      database
        .all('looking for old results', `SELECT document FROM results WHERE ${ROWS}`, ...valuesOf(day))
        .map((row) => JSON.parse(String(row['document'])) as StoredDocument),
    writeSummary: (day, document) =>
      database.transaction('writing a summary', () => {
        const sql = 'INSERT OR REPLACE INTO result_summaries VALUES (?, ?)'
        database.run('writing a summary', sql, summaryId(day), JSON.stringify(document))
      }),
    removeDay: (day, receivedUntil) =>
      database.transaction('removing old results', () => {
        const sql = `DELETE FROM results WHERE ${ROWS} AND received_at <= ?`
        return database.run('removing old results', sql, ...valuesOf(day), receivedUntil.getTime())
      }),
  }
}
