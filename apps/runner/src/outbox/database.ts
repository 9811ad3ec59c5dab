/** The outbox's file: opened, checked, and moved aside when it is damaged. */
import { existsSync, renameSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { ExitFault } from '../faults.ts'
import { SQLITE, sqliteCode } from './sqlite-error.ts'

const VERSION = 1

/**
 * `body` is the item's exact JSON; `digest` proves that the disk gave back what was written. What belongs to a batch
 * is a table of its own: forming one must not write the rows again, least of all on a full disk.
 */
const SCHEMA = `
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
) STRICT;
PRAGMA user_version = ${VERSION};
`

const EVERY_COLUMN = [
  'SELECT seq, result_id, body, digest, created_at FROM items LIMIT 1',
  'SELECT batch_id, first_seq FROM batches LIMIT 1',
  'SELECT seq, batch_id FROM batch_items LIMIT 1',
  'SELECT result_id, body, verdict, code, reason, moved_at FROM dead_letters LIMIT 1',
]

export type OpenedDatabase = {
  readonly database: DatabaseSync
  /** Where a damaged file was moved, or null when there was none. */
  readonly movedTo: string | null
}

/** Opens the file, or moves a damaged one aside and begins a new one. Throws for a disk that cannot be used. */
export function openDatabase(path: string, nowMs: number): OpenedDatabase {
  const first = new DatabaseSync(path, { timeout: 1000 })
  try {
    prepare(first)
    return { database: first, movedTo: null }
  } catch (error) {
    if (!isDamage(error)) {
      first.close()
      throw error
    }
    const movedTo = moveAside(path, nowMs)
    // Only now: a close looks for the write-ahead log by name, and would take the new file's.
    closeQuietly(first)
    const database = new DatabaseSync(path, { timeout: 1000 })
    prepare(database)
    return { database, movedTo }
  }
}

function prepare(database: DatabaseSync): void {
  database.exec(
    'PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF',
  )
  const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version'])
  // A damaged header can hold any number: only a small one is a later version.
  if (version > VERSION && version < 1000) {
    throw new ExitFault(
      1,
      `The outbox was written by a newer runner (version ${version}); this one reads ${VERSION}`,
    )
  }
  const tables = database.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE type = 'table'").get()
  if (version === 0 && tables?.['n'] === 0) database.exec(`BEGIN IMMEDIATE; ${SCHEMA} COMMIT`)
  else if (version !== VERSION) throw new Damage('The version in its header is unknown')
  const verdict = database.prepare('PRAGMA integrity_check(1)').get()?.['integrity_check']
  if (verdict !== 'ok') throw new Damage(String(verdict))
  for (const statement of EVERY_COLUMN) database.prepare(statement).get()
}

class Damage extends Error {}

const DAMAGE_CODES = new Set<number | null>([SQLITE.error, SQLITE.corrupt, SQLITE.notadb])

function isDamage(error: unknown): boolean {
  return error instanceof Damage || DAMAGE_CODES.has(sqliteCode(error))
}

function moveAside(path: string, nowMs: number): string {
  const stamp = new Date(nowMs).toISOString().replaceAll(/[:-]/g, '')
  let target = `${path}.damaged-${stamp}`
  for (let n = 2; existsSync(target); n++) target = `${path}.damaged-${stamp}-${n}`
  for (const suffix of ['', '-wal', '-shm']) {
    if (existsSync(path + suffix)) renameSync(path + suffix, target + suffix)
  }
  return target
}

function closeQuietly(database: DatabaseSync): void {
  try {
    database.close()
  } catch {
    // It is damaged: a close that fails is no news.
  }
}
