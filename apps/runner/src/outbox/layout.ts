/** The tables of the outbox's file. */
import type { Layout } from './database.ts'

/** The outbox's file in the state directory. */
export const OUTBOX_FILE = 'outbox.sqlite'

/**
 * `body` is the item's exact JSON; `digest` proves that the disk gave back what was written. What belongs to a batch
 * is a table of its own: forming one must not write the rows again, least of all on a full disk.
 */
export const OUTBOX_LAYOUT: Layout = {
  name: 'outbox',
  version: 1,
  schema: `
CREATE TABLE items (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  result_id TEXT NOT NULL UNIQUE,
  body TEXT NOT NULL,
  digest TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE batches (
  batch_id TEXT PRIMARY KEY,
  first_seq INTEGER NOT NULL
) STRICT;
CREATE TABLE batch_items (
  seq INTEGER PRIMARY KEY,
  batch_id TEXT NOT NULL
) STRICT;
CREATE INDEX items_by_batch ON batch_items (batch_id, seq);
CREATE TABLE dead_letters (
  result_id TEXT PRIMARY KEY,
  body TEXT NOT NULL,
  verdict TEXT NOT NULL,
  code TEXT,
  reason TEXT,
  moved_at INTEGER NOT NULL
) STRICT`,
  probes: [
    'SELECT seq, result_id, body, digest, created_at FROM items LIMIT 1',
    'SELECT batch_id, first_seq FROM batches LIMIT 1',
    'SELECT seq, batch_id FROM batch_items LIMIT 1',
    'SELECT result_id, body, verdict, code, reason, moved_at FROM dead_letters LIMIT 1',
  ],
}
