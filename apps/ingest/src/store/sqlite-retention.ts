import { parseObject } from '../json/object.ts'
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
        .map((row) => (parseObject(row['document']) ?? {}) as StoredDocument),
    readSummary: async (day, part) => {
      const sql = 'SELECT document FROM result_summaries WHERE id = ?'
      const row = database.get('reading a summary', sql, summaryId(day, part))
      return row === undefined ? null : ((parseObject(row['document']) ?? {}) as StoredDocument)
    },
    addSummary: (day, part, document) =>
      database.transaction('writing a summary', () => {
        const sql = 'INSERT INTO result_summaries VALUES (?, ?) ON CONFLICT DO NOTHING'
        return database.run('writing a summary', sql, summaryId(day, part), JSON.stringify(document)) === 1
      }),
    removeDay: (day, receivedUntil) =>
      database.transaction('removing old results', () => {
        const sql = `DELETE FROM results WHERE ${ROWS} AND received_at <= ?`
        return database.run('removing old results', sql, ...valuesOf(day), receivedUntil.getTime())
      }),
    listModelsWithErrors: async (before) => {
      const sql = 'SELECT DISTINCT provider, model_name FROM errors_cloud WHERE ts < ?'
      const rows = database.all('looking for old errors', sql, before.getTime())
      return rows.map((row) => ({ provider: String(row['provider']), modelId: String(row['model_name']) }))
    },
    countErrors: async ({ provider, modelId }, before) => {
      const rows = database.all(
        'looking for old errors',
        `SELECT fingerprint, count(*) AS n FROM errors_cloud
         WHERE provider = ? AND model_name = ? AND ts < ? GROUP BY fingerprint ORDER BY fingerprint`,
        provider,
        modelId,
        before.getTime(),
      )
      return rows.map((row) => ({ fingerprint: String(row['fingerprint']), rows: Number(row['n']) }))
    },
    removeErrors: (fingerprint, before) =>
      database.transaction('removing old errors', () => {
        const of = [fingerprint, before.getTime()] as const
        database.run(
          'removing old errors',
          `INSERT INTO error_summaries SELECT ?1, count(*), min(ts) FROM errors_cloud
           WHERE fingerprint = ?1 AND ts < ?2 HAVING count(*) > 0
           ON CONFLICT DO UPDATE SET rows = rows + excluded.rows, first_seen = min(first_seen, excluded.first_seen)`,
          ...of,
        )
        const sql = 'DELETE FROM errors_cloud WHERE fingerprint = ? AND ts < ?'
        return database.run('removing old errors', sql, ...of)
      }),
  }
}
