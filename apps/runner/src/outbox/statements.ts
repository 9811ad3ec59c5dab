/** The outbox's SQL, prepared once. */
import type { DatabaseSync, StatementSync } from 'node:sqlite'

const SQL = {
  insertItem: 'INSERT INTO items (result_id, body, digest, created_at) VALUES (?, ?, ?, ?)',
  freeItems: `SELECT seq, result_id, body, digest FROM items
    WHERE seq NOT IN (SELECT seq FROM batch_items) ORDER BY seq LIMIT ?`,
  itemsOfBatch: `SELECT seq, result_id, body, digest FROM batch_items JOIN items USING (seq)
    WHERE batch_id = ? ORDER BY seq`,
  deleteItem: 'DELETE FROM items WHERE result_id = ?',
  assign: 'INSERT INTO batch_items (batch_id, seq) VALUES (?, ?)',
  unassign: 'DELETE FROM batch_items WHERE batch_id = ?',
  insertBatch: 'INSERT INTO batches (batch_id, first_seq) VALUES (?, ?)',
  deleteBatch: 'DELETE FROM batches WHERE batch_id = ?',
  listBatches: `SELECT batch_id, (SELECT count(*) FROM batch_items WHERE batch_items.batch_id = batches.batch_id) AS items
    FROM batches ORDER BY first_seq, batch_id`,
  // The same id can be refused twice only with the same body: the first reason stands.
  bury: `INSERT OR IGNORE INTO dead_letters (result_id, body, verdict, code, reason, moved_at)
    SELECT result_id, body, ?, ?, ?, ? FROM items WHERE result_id = ?`,
  counts: `SELECT count(*) AS depth, min(created_at) AS oldest,
    (SELECT count(*) FROM dead_letters) AS dead FROM items`,
  deadBytes: 'SELECT coalesce(sum(octet_length(body)), 0) AS bytes FROM dead_letters',
  oldestDead:
    'SELECT result_id, octet_length(body) AS bytes FROM dead_letters ORDER BY moved_at, rowid LIMIT 1',
  dropDead: 'DELETE FROM dead_letters WHERE result_id = ?',
  dataVersion: 'SELECT data_version AS version FROM pragma_data_version',
  usedBytes: `SELECT (page_count - freelist_count) * page_size AS bytes
    FROM pragma_page_count, pragma_freelist_count, pragma_page_size`,
} as const

export type Statements = { readonly [Name in keyof typeof SQL]: StatementSync }

/** Every statement of the outbox, ready to run. */
export function createStatements(database: DatabaseSync): Statements {
  const prepared = Object.entries(SQL).map(([name, text]) => [name, database.prepare(text)])
  return Object.fromEntries(prepared) as Statements
}
