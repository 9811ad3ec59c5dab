/** When measuring has to stop, and how a write gets through on a full disk. */
import type { DatabaseSync } from 'node:sqlite'
import type { Reserve } from './reserve.ts'
import { SQLITE, sqliteCode } from './sqlite-error.ts'
import type { Statements } from './statements.ts'
import type { Gate, OutboxOptions } from './types.ts'

/** Runs the work in one transaction, whole or not at all. */
export function transact<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE')
  try {
    const value = work()
    database.exec('COMMIT')
    return value
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}

const FULL_CODES = new Set<number | null>([SQLITE.full, SQLITE.ioerr, SQLITE.readonly, SQLITE.cantopen])

/**
 * Runs a write. On a disk that takes no more, first the write-ahead log is moved into the main file, so that its room
 * is used again; where that is not enough, the reserve is given back.
 */
export function withReserve<T>(database: DatabaseSync, reserve: Reserve, write: () => T): T {
  try {
    return write()
  } catch (error) {
    if (!isFull(error)) throw error
  }
  try {
    return afterCheckpoint(database, write)
  } catch (error) {
    if (!isFull(error) || !reserve.release()) throw error
  }
  return afterCheckpoint(database, write)
}

function isFull(error: unknown): boolean {
  return FULL_CODES.has(sqliteCode(error))
}

function afterCheckpoint<T>(database: DatabaseSync, write: () => T): T {
  database.exec('PRAGMA wal_checkpoint(RESTART)')
  return write()
}

/** A cap closes the gate when it is reached and opens it below 80 %, so that it does not flap. */
export function createGate(
  database: DatabaseSync,
  sql: Statements,
  reserve: Reserve,
  { maxRows, maxBytes, deadBytes }: OutboxOptions & { readonly deadBytes: () => number },
): () => Gate {
  let closed: 'rows' | 'bytes' | null = null
  return () => {
    if (!reserve.take() && !(shrink(database) && reserve.take())) return 'disk'
    const rows = Number(sql.counts.get()?.['depth'])
    const bytes = Number(sql.usedBytes.get()?.['bytes']) - deadBytes()
    const share = closed === null ? 1 : 0.8
    if (rows >= maxRows * share) closed = 'rows'
    else if (bytes >= maxBytes * share) closed = 'bytes'
    else closed = null
    return closed
  }
}

/**
 * Gives pages that delivered rows have left back to the disk, some MiB at a time; says whether that worked. In small
 * steps, each within the room that the log has already: nothing of it is given back, for without it nothing can be
 * deleted.
 */
function shrink(database: DatabaseSync): boolean {
  try {
    for (let step = 0; step < 10; step++) {
      database.exec('PRAGMA wal_checkpoint(RESTART); PRAGMA incremental_vacuum(400)')
    }
    database.exec('PRAGMA wal_checkpoint(RESTART)')
    return true
  } catch (error) {
    if (isFull(error)) return false
    throw error
  }
}
