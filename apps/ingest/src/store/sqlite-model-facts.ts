import { FOREIGN_STAGES } from '../documents/failure.ts'
import { MOST_FAILURES, MOST_LOOKED_AT, type ModelFacts } from './model-facts.ts'
import type { SqliteDatabase } from './sqlite-database.ts'
import { DAY_MS } from './retention.ts'
import { PUBLISHED, UNPUBLISHED, type ModelRef, type Store } from './store.ts'

const RUNS = 'FROM results WHERE provider = ? AND model_name = ? AND collection = ?'

/** Of failures the newest since a moment: looking at all of them could take for ever, and nobody needs to know. */
const failuresSince = (fields: string, most: number): string =>
  `SELECT ${fields} FROM (
     SELECT ts, stage, error_kind, document FROM errors_cloud
     WHERE provider = ? AND model_name = ? AND ts > ? ORDER BY ts DESC LIMIT ${MOST_LOOKED_AT})
   WHERE stage NOT IN (?, ?) LIMIT ${most}`
const COUNT_FAILURES = `SELECT count(*) AS n FROM (${failuresSince('ts', MOST_FAILURES)})`
const LAST_FAILURE = failuresSince(
  "ts, error_kind, CASE WHEN json_valid(document) THEN document ->> 'message' END AS message",
  1,
)

/** What the tables say about models; every question is served by an index. */
export function sqliteModelFacts(database: SqliteDatabase): Store['readModelFacts'] {
  const readOne = ({ provider, modelId }: ModelRef, now: Date): ModelFacts => {
    const get = (sql: string, ...values: (string | number)[]) =>
      database.get('reading what is known of a model', sql, provider, modelId, ...values)
    const newest = (collection: string): number | null =>
      numberOf(get(`SELECT max(run_ts) AS at ${RUNS}`, collection)?.['at'])
    const countFailures = (sinceMs: number): number =>
      Number(get(COUNT_FAILURES, sinceMs, ...FOREIGN_STAGES)?.['n'])
    const dayAgoMs = now.getTime() - DAY_MS
    const lastSuccessMs = newest(PUBLISHED)
    const last = get(LAST_FAILURE, Number.MIN_SAFE_INTEGER, ...FOREIGN_STAGES)
    return {
      lastSuccessAt: dateOf(lastSuccessMs),
      lastUnpublishedAt: dateOf(newest(UNPUBLISHED)),
      lastError: last
        ? {
            at: new Date(Number(last['ts'])),
            kind: String(last['error_kind']),
            message: String(last['message']),
          }
        : null,
      failuresSinceSuccess: countFailures(lastSuccessMs ?? 0),
      successes24h: Number(get(`SELECT count(*) AS n ${RUNS} AND run_ts >= ?`, PUBLISHED, dayAgoMs)?.['n']),
      failures24h: countFailures(dayAgoMs - 1),
    }
  }
  return async (models, now) => models.map((model) => readOne(model, now))
}

const numberOf = (value: unknown): number | null => (typeof value === 'number' ? value : null)
const dateOf = (milliseconds: number | null): Date | null =>
  milliseconds === null ? null : new Date(milliseconds)
