import { parseObject } from '../json/object.ts'
import type { CatalogueStore, ModelsReading } from './catalogue-store.ts'
import { changeDocuments, wholeReading, type Documents } from './kept-documents.ts'
import type { Row, SqliteDatabase } from './sqlite-database.ts'
import type { CatalogueDocument } from './store.ts'

/** How far the notes of what was touched reach; null where they cannot be trusted. */
type Notes = { readonly schema: number; readonly first: number; readonly last: number }
type Kept = { readonly documents: Documents; readonly notes: Notes | null }

const READING = 'reading the catalogue'
const ONE_PROVIDER = 'SELECT provider, model_id, document FROM models WHERE provider = ?'
const TRIGGERS = 3

/**
 * One provider's documents out of SQLite; what has changed since an earlier reading is what the triggers noted,
 * whoever wrote it and by what means.
 */
export function sqliteReadings(
  database: SqliteDatabase,
  readVersion: () => string | null,
): CatalogueStore['readModels'] {
  const readings = new WeakMap<ModelsReading, Kept>()
  const keep = (reading: ModelsReading, kept: Kept): ModelsReading => {
    readings.set(reading, kept)
    return reading
  }
  const number = (sql: string, ...values: string[]): number =>
    Number(Object.values(database.get(READING, sql, ...values) ?? {})[0] ?? 0)

  /** A table that somebody made anew has no triggers, or others than before. */
  const readNotes = (): Notes | null => {
    const triggers = number(
      "SELECT count(*) FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'models' AND name LIKE 'model_%'",
    )
    if (triggers !== TRIGGERS) return null
    const schema = number('PRAGMA schema_version')
    const row = database.get(READING, 'SELECT min(number) AS first, max(number) AS last FROM model_touches')
    return { schema, first: Number(row?.['first'] ?? 1), last: Number(row?.['last'] ?? 0) }
  }

  const readTouched = (provider: string, after: number): string[] => {
    const sql = 'SELECT DISTINCT model_id FROM model_touches WHERE number > ? AND provider = ?'
    return database.all(READING, sql, after, provider).map((row) => String(row['model_id']))
  }

  return async (provider, before) => {
    // Both are asked before the documents are read: what changes meanwhile is read again, never overlooked.
    const version = readVersion()
    const notes = readNotes()
    const known = before && readings.get(before)
    if (known?.notes && notes && reachesBack(notes, known.notes)) {
      const touched = readTouched(provider, known.notes.last)
      const rows = touched.flatMap((modelId) =>
        database.all(READING, `${ONE_PROVIDER} AND model_id = ?`, provider, modelId),
      )
      const { documents, since } = changeDocuments(known.documents, touched, byModelId(rows))
      // A row that another one replaced is deleted without a trigger.
      if (documents.size === number('SELECT count(*) FROM models WHERE provider = ?', provider))
        return keep({ version, documents: [...documents.values()], since }, { documents, notes })
    }
    const documents = byModelId(database.all(READING, ONE_PROVIDER, provider))
    return keep(wholeReading(version, documents), { documents, notes })
  }
}

const reachesBack = (notes: Notes, since: Notes): boolean =>
  notes.schema === since.schema && notes.first <= since.last + 1 && notes.last >= since.last

const byModelId = (rows: readonly Row[]): Documents =>
  new Map(rows.map((row) => [String(row['model_id']), toDocument(row)]))

/** A text that is no document costs its own entry and not the list: it is not enabled, and told as odd. */
export const toDocument = ({ provider, model_id, document }: Row): CatalogueDocument =>
  parseObject(document) ?? { provider, model_id }
