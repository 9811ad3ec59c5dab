import { parseObject } from '../json/object.ts'
import { newestFirst } from './catalogue-documents.ts'
import { findDue } from './due-health.ts'
import { numberOf, textOf, type StoredHealth } from './health-rows.ts'
import { NOT_OF_RUNS, type HealthStore } from './health-store.ts'
import type { Row, SqliteDatabase } from './sqlite-database.ts'
import { PUBLISHED, UNPUBLISHED, type ModelRef, type StoredRun } from './store.ts'

const READING_RUNS = 'reading the last runs of a model'

/** The health of the catalogue's models and their last runs in SQLite. */
export function sqliteHealth(database: SqliteDatabase): HealthStore {
  return {
    writeModelHealth: (healths) =>
      database.transaction('writing the health of models', () => {
        for (const { model, updatedAt, document } of healths)
          database.run(
            'writing the health of models',
            'INSERT OR REPLACE INTO bench_model_health VALUES (?, ?, ?, ?)',
            model.provider,
            model.modelId,
            updatedAt.getTime(),
            JSON.stringify(document),
          )
      }),
    findDueHealth: async (since) => {
      const doing = 'looking for models whose health is due'
      return findDue(
        database.all(doing, ENTRIES).map((row) => ({ model: modelOf(row), isActive: row['active'] === 1 })),
        database.all(doing, HEALTHS).map((row) => ({
          model: modelOf(row),
          updatedAtMs: Number(row['updated_at']),
          isDisabled: row['freshness'] === 'disabled',
        })),
        since,
      )
    },
    removeHealth: (models) =>
      database.transaction('removing the health of models', () => {
        const sql = 'DELETE FROM bench_model_health WHERE provider = ? AND model_id = ?'
        for (const { provider, modelId } of models)
          database.run('removing the health of models', sql, provider, modelId)
      }),
    listHealth: async (provider) => {
      const sql =
        "SELECT provider || ':' || model_id AS id, document FROM bench_model_health WHERE ?1 IS NULL OR provider = ?1"
      return database.all('reading the health of models', sql, provider ?? null).map(healthOf)
    },
    newestByProvider: async () => {
      const rows = database.all(
        'reading the newest result of each provider',
        `SELECT provider, max(document ->> 'last_success_at') AS at FROM ${READABLE_HEALTHS}
         WHERE document ->> 'freshness_status' IS NOT 'disabled' GROUP BY provider HAVING at IS NOT NULL`,
      )
      return rows.map((row) => ({ provider: String(row['provider']), at: new Date(String(row['at'])) }))
    },
    countFreshness: async () => {
      const rows = database.all(
        'counting models by freshness',
        `SELECT provider, document ->> 'freshness_status' AS freshness, count(*) AS count FROM ${READABLE_HEALTHS}
         WHERE document ->> 'freshness_status' IS NOT 'disabled' GROUP BY provider, freshness`,
      )
      return rows.map((row) => ({
        provider: String(row['provider']),
        freshness: String(row['freshness']),
        count: Number(row['count']),
      }))
    },
    recentRuns: async ({ provider, modelId }, { since, limit }) => {
      const of = [provider, modelId, since.getTime(), limit] as const
      const results = ([PUBLISHED, UNPUBLISHED] as const).flatMap((collection) =>
        database
          .all(
            READING_RUNS,
            `SELECT run_ts AS at, ${OF_RUNS} FROM results WHERE collection = ?
             AND provider = ? AND model_name = ? AND run_ts >= ? ORDER BY run_ts DESC LIMIT ?`,
            collection,
            ...of,
          )
          .map((row) => runOf('result', collection, row)),
      )
      const failures = database
        .all(
          READING_RUNS,
          `SELECT ts AS at, document FROM errors_cloud
           WHERE provider = ? AND model_name = ? AND ts >= ? ORDER BY ts DESC LIMIT ?`,
          ...of,
        )
        .map((row) => runOf('error', 'errors_cloud', row))
      return newestFirst([...results, ...failures], limit)
    },
  }
}

/** People may write what is no JSON, and SQLite refuses a whole question for it. */
const READABLE = "CASE WHEN json_valid(document) THEN document ELSE '{}' END AS document"
/** What is no JSON is left as it is, for the reader to find. */
const OF_RUNS = `CASE WHEN json_valid(document)
  THEN json_remove(document, ${NOT_OF_RUNS.map((field) => `'$.${field}'`).join(', ')}) ELSE document END AS document`
const READABLE_HEALTHS = `(SELECT provider, model_id, updated_at, ${READABLE} FROM bench_model_health)`
const ENTRIES = `SELECT provider, model_id,
    json_type(document, '$.enabled') IS 'true' AND json_type(document, '$.deprecated') IS NOT 'true' AS active
  FROM (SELECT provider, model_id, ${READABLE} FROM models)`
const HEALTHS = `SELECT provider, model_id, updated_at, document ->> 'freshness_status' AS freshness
  FROM ${READABLE_HEALTHS}`

const modelOf = (row: Row): ModelRef => ({
  provider: String(row['provider']),
  modelId: String(row['model_id']),
})

const runOf = (
  kind: StoredRun['kind'],
  collection: StoredRun['collection'],
  row: Readonly<Record<string, unknown>>,
): StoredRun => ({
  kind,
  collection,
  at: new Date(Number(row['at'])),
  document: parseObject(row['document']) ?? {},
})

function healthOf({ id, document }: Row): StoredHealth {
  const stored = parseObject(document) ?? {}
  return {
    id: String(id),
    lastSuccessAt: momentOf(stored['last_success_at']),
    lastAttemptAt: momentOf(stored['last_attempt_at']),
    lastErrorAt: momentOf(stored['last_error_at']),
    lastErrorKind: textOf(stored['last_error_kind']),
    lastErrorMessage: textOf(stored['last_error_message']),
    consecutiveFailures: numberOf(stored['consecutive_failures']),
    cadenceSeconds: numberOf(stored['cadence_seconds']),
  }
}

/** This program wrote it, so that it need not be read as what anybody may have written. */
function momentOf(value: unknown): Date | null {
  if (typeof value !== 'string') return null
  const at = new Date(value)
  return Number.isNaN(at.getTime()) ? null : at
}
