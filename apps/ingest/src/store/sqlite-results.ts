import { sqliteCode, type SqliteDatabase } from './sqlite-database.ts'
import {
  PUBLISHED,
  type ErrorRow,
  type Identity,
  type NoteTrouble,
  type ResultRow,
  type Store,
  type WriteOutcome,
  type WriteVerdict,
} from './store.ts'

type ResultMethods = Pick<
  Store,
  'writeResults' | 'recallResults' | 'writeErrors' | 'recallErrors' | 'newestPublishedAt' | 'listTouched'
>

/** Results and errors in SQLite. One table holds both result collections, so an id exists once in all. */
export function sqliteResults(database: SqliteDatabase, note: NoteTrouble): ResultMethods {
  const recall = (table: 'results' | 'errors_cloud', row: Identity): WriteVerdict | null => {
    const known = database.get(
      'looking for a result',
      `SELECT content_sha256 FROM ${table} WHERE result_id = ?`,
      row.resultId,
    )
    if (known === undefined) return null
    return known['content_sha256'] === row.contentSha256 ? 'duplicate' : 'conflict'
  }

  /** The outcome of one row. A row that the database refuses does not affect its neighbours. */
  const write = (table: 'results' | 'errors_cloud', row: Identity, insert: () => boolean): WriteOutcome => {
    const refuse = (code: number | undefined, message: string): WriteOutcome => {
      const known = recall(table, row)
      if (known !== null) return known
      note({ collection: table, code, message, forGood: true })
      return { refused: `${table}: ${message}`, code }
    }
    try {
      return insert() ? 'created' : refuse(undefined, 'a unique index already has such an entry')
    } catch (error) {
      const code = sqliteCode(error)
      const why = code === null ? undefined : OF_THE_ROW[code]
      if (why === undefined || code === null) throw error
      return refuse(code, `${why} (SQLite's code ${code})`)
    }
  }

  return {
    writeResults: (rows) =>
      database.transaction('writing results', () =>
        rows.map((row) => write('results', row, () => insertResult(database, row))),
      ),
    recallResults: async (rows) => rows.map((row) => recall('results', row)),
    writeErrors: (rows) =>
      database.transaction('writing errors', () =>
        rows.map((row) => write('errors_cloud', row, () => insertError(database, row))),
      ),
    recallErrors: async (rows) => rows.map((row) => recall('errors_cloud', row)),
    newestPublishedAt: async () => {
      // A moved or deleted file would still answer.
      database.checkFile('reading the newest result')
      const sql = 'SELECT max(run_ts) AS at FROM results WHERE collection = ?'
      return dateOf(database.get('reading the newest result', sql, PUBLISHED)?.['at'])
    },
    listTouched: async (since) => {
      const at = since.getTime()
      const models = database.all(
        'listing what came in',
        `SELECT provider, model_name FROM results WHERE received_at >= ?
         UNION SELECT provider, model_name FROM errors_cloud WHERE received_at >= ?`,
        at,
        at,
      )
      const prints = database.all(
        'listing what came in',
        'SELECT DISTINCT fingerprint FROM errors_cloud WHERE received_at >= ?',
        at,
      )
      return {
        models: models.map((row) => ({
          provider: String(row['provider']),
          modelId: String(row['model_name']),
        })),
        fingerprints: prints.map((row) => String(row['fingerprint'])),
      }
    },
  }
}

/** Error codes about the row itself. */
const OF_THE_ROW: Readonly<Record<number, string>> = {
  18: 'the document is too large',
  19: 'a constraint or a trigger refuses the document',
  20: 'the document has a value of a wrong type',
}

function insertResult(database: SqliteDatabase, row: ResultRow): boolean {
  return (
    database.run(
      'writing results',
      'INSERT INTO results VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
      row.resultId,
      row.contentSha256,
      row.collection,
      row.model.provider,
      row.model.modelId,
      row.at.getTime(),
      row.receivedAt.getTime(),
      JSON.stringify(row.document),
    ) === 1
  )
}

function insertError(database: SqliteDatabase, row: ErrorRow): boolean {
  return (
    database.run(
      'writing errors',
      'INSERT INTO errors_cloud VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
      row.resultId,
      row.contentSha256,
      row.model.provider,
      row.model.modelId,
      row.at.getTime(),
      row.receivedAt.getTime(),
      row.stage,
      row.kind,
      row.fingerprint,
      JSON.stringify(row.document),
    ) === 1
  )
}

const dateOf = (milliseconds: unknown): Date | null =>
  typeof milliseconds === 'number' ? new Date(milliseconds) : null
