import { parseObject } from '../json/object.ts'
import { catalogueDocument, changeRecord, fieldsOf, toRecordedChange } from './catalogue-documents.ts'
import type { CatalogueStore } from './catalogue-store.ts'
import { sqliteCode, type SqliteDatabase } from './sqlite-database.ts'
import { sqliteReadings, toDocument } from './sqlite-readings.ts'
import type { CatalogueDocument, ModelChange, ModelRef, StoredDocument } from './store.ts'

const READING = 'reading the catalogue'

/** The catalogue in SQLite: a change and its record are one transaction. */
export function sqliteCatalogue(database: SqliteDatabase): CatalogueStore {
  let ownChanges = 0
  const find = (model: ModelRef): CatalogueDocument | null => {
    const sql = 'SELECT provider, model_id, document FROM models WHERE provider = ? AND model_id = ?'
    const row = database.get(READING, sql, model.provider, model.modelId)
    return row ? toDocument(row) : null
  }
  const record = (
    model: ModelRef,
    change: ModelChange,
    what: { before: CatalogueDocument | null; set: StoredDocument },
  ): void => {
    database.run(
      'recording a change of the catalogue',
      'INSERT INTO model_changes VALUES (?, ?, ?, ?)',
      model.provider,
      model.modelId,
      change.at.getTime(),
      JSON.stringify({ ...changeRecord(model, change, what), outcome: 'made' }),
    )
    ownChanges += 1
  }
  const catalogueVersion = (): string => {
    // Counts what other connections commit, of this and of other processes; our own changes it does not.
    const version = database.get(READING, 'PRAGMA data_version')?.['data_version']
    return `${String(version)} ${ownChanges}`
  }

  return {
    findModels: async (models) => models.map(find).filter((document) => document !== null),
    listModels: async (provider) => {
      const all = 'SELECT provider, model_id, document FROM models'
      const rows =
        provider === undefined
          ? database.all(READING, all)
          : database.all(READING, `${all} WHERE provider = ?`, provider)
      return rows.map(toDocument)
    },
    addModel: (model, change) =>
      clashOr(() =>
        database.transaction('adding a model', () => {
          const document = catalogueDocument(model, change.at)
          record(model, change, { before: null, set: document })
          database.run(
            'adding a model',
            'INSERT INTO models VALUES (?, ?, ?, ?)',
            model.provider,
            model.modelId,
            document['enabled'] === true ? 1 : 0,
            JSON.stringify(document),
          )
          return 'added' as const
        }),
      ),
    changeModel: (model, edit, change) =>
      clashOr(() =>
        database.transaction('changing a model', () => {
          const before = find(model)
          if (before === null) return 'missing'
          const set = fieldsOf(edit, before)
          if (set === null) return 'unchanged'
          record(model, change, { before, set })
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
    listChanges: async (model, limit) =>
      database
        .all(
          'reading changes of the catalogue',
          `SELECT document FROM model_changes WHERE provider = ? AND model_id = ?
           ORDER BY at DESC, rowid DESC LIMIT ?`,
          model.provider,
          model.modelId,
          limit,
        )
        .map((row) => toRecordedChange(parseObject(row['document']) ?? {})),
    readModels: sqliteReadings(database, catalogueVersion),
    catalogueVersion,
  }
}

const SQLITE_CONSTRAINT = 19

/** A unique index that refuses is an answer; anything else is not. */
async function clashOr<Result>(work: () => Promise<Result>): Promise<Result | 'clash'> {
  try {
    return await work()
  } catch (error) {
    if (sqliteCode(error) === SQLITE_CONSTRAINT) return 'clash'
    throw error
  }
}
