import { StoreUnavailable } from '../errors.ts'
import { catalogueDocument, changeRecord } from './catalogue-documents.ts'
import type { SqliteDatabase } from './sqlite-database.ts'
import type { CatalogueDocument, ModelChange, ModelRef, Store } from './store.ts'

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

/** The catalogue and the health of its models in SQLite. */
export function sqliteCatalogue(database: SqliteDatabase): CatalogueMethods {
  const find = (model: ModelRef): CatalogueDocument | null => {
    const sql = 'SELECT document FROM models WHERE provider = ? AND model_id = ?'
    const row = database.get('reading the catalogue', sql, model.provider, model.modelId)
    return row ? (JSON.parse(String(row['document'])) as CatalogueDocument) : null
  }
  const record = (model: ModelRef, change: ModelChange, before: CatalogueDocument | null): void => {
    database.run(
      'recording a change of the catalogue',
      'INSERT INTO model_changes VALUES (?, ?, ?, ?)',
      model.provider,
      model.modelId,
      change.at.getTime(),
      JSON.stringify(changeRecord(model, change, before)),
    )
  }

  return {
    findModels: async (models) => models.map(find).filter((document) => document !== null),
    listModels: async (provider) => {
      const sql = 'SELECT document FROM models WHERE ?1 IS NULL OR provider = ?1'
      const rows = database.all('reading the catalogue', sql, provider ?? null)
      return rows.map((row) => JSON.parse(String(row['document'])) as CatalogueDocument)
    },
    addModel: (model, change) =>
      clashOr(() =>
        database.transaction('adding a model', () => {
          record(model, change, null)
          const document = JSON.stringify(catalogueDocument(model, change.at))
          const sql = 'INSERT INTO models VALUES (?, ?, 1, ?)'
          database.run('adding a model', sql, model.provider, model.modelId, document)
          return 'added' as const
        }),
      ),
    changeModel: (model, set, change) =>
      clashOr(() =>
        database.transaction('changing a model', () => {
          const before = find(model)
          if (before === null) return 'missing'
          record(model, change, before)
          const after = { ...before, ...set }
          database.run(
            'changing a model',
            'UPDATE models SET enabled = ?, document = ? WHERE provider = ? AND model_id = ?',
            after['enabled'] === true ? 1 : 0,
            JSON.stringify(after),
            model.provider,
            model.modelId,
          )
          return 'changed'
        }),
      ),
    writeModelHealth: (model, updatedAt, document) =>
      database.transaction('writing the health of a model', () => {
        database.run(
          'writing the health of a model',
          'INSERT OR REPLACE INTO bench_model_health VALUES (?, ?, ?, ?)',
          model.provider,
          model.modelId,
          updatedAt.getTime(),
          JSON.stringify(document),
        )
      }),
    newestByProvider: async () => {
      const rows = database.all(
        'reading the newest result of each provider',
        `SELECT provider, max(document ->> 'last_success_at') AS at FROM bench_model_health
         WHERE document ->> 'freshness_status' IS NOT 'disabled' GROUP BY provider HAVING at IS NOT NULL`,
      )
      return rows.map((row) => ({ provider: String(row['provider']), at: new Date(String(row['at'])) }))
    },
    countFreshness: async () => {
      const rows = database.all(
        'counting models by freshness',
        `SELECT provider, document ->> 'freshness_status' AS freshness, count(*) AS count FROM bench_model_health
         WHERE document ->> 'freshness_status' IS NOT 'disabled' GROUP BY provider, freshness`,
      )
      return rows.map((row) => ({
        provider: String(row['provider']),
        freshness: String(row['freshness']),
        count: Number(row['count']),
      }))
    },
    listOverdueHealth: async (before, limit) => {
      const rows = database.all(
        'listing models to look at',
        `SELECT provider, model_id FROM models LEFT JOIN bench_model_health USING (provider, model_id)
         WHERE updated_at IS NULL OR updated_at < ? ORDER BY updated_at LIMIT ?`,
        before.getTime(),
        limit,
      )
      return rows.map((row) => ({ provider: String(row['provider']), modelId: String(row['model_id']) }))
    },
  }
}

const SQLITE_CONSTRAINT = 19

/** A unique index that refuses is an answer; anything else is not. */
async function clashOr<Result>(work: () => Promise<Result>): Promise<Result | 'clash'> {
  try {
    return await work()
  } catch (error) {
    const cause = error instanceof StoreUnavailable ? error.cause : null
    const code = cause instanceof Error && 'errcode' in cause ? Number(cause.errcode) & 0xff : null
    if (code === SQLITE_CONSTRAINT) return 'clash'
    throw error
  }
}
