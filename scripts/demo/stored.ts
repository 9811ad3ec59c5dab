/** What the embedded store holds, read from its file as any reader would. */
import { DatabaseSync } from 'node:sqlite'

export type StoredRow = { readonly collection: string; readonly document: Readonly<Record<string, unknown>> }

/** Every stored result and error. */
export function readStored(path: string): StoredRow[] {
  const database = new DatabaseSync(path, { readOnly: true })
  try {
    const results = database.prepare('SELECT collection, document FROM results').all()
    const errors = database.prepare(`SELECT 'errors_cloud' AS collection, document FROM errors_cloud`).all()
    return [...results, ...errors].map((row) => ({
      collection: String(row['collection']),
      document: JSON.parse(String(row['document'])) as Record<string, unknown>,
    }))
  } finally {
    database.close()
  }
}
