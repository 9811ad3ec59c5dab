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

/** Runs a write; on a disk that takes no more, gives the reserve back and tries once more. */
export function withReserve<T>(reserve: Reserve, write: () => T): T {
  try {
    return write()
  } catch (error) {
    if (!FULL_CODES.has(sqliteCode(error))) throw error
    if (!reserve.release()) throw error
    return write()
  }
}

/** A cap closes the gate when it is reached and opens it below 80 %, so that it does not flap. */
export function createGate(
  sql: Statements,
  reserve: Reserve,
  { maxRows, maxBytes }: OutboxOptions,
): () => Gate {
  let closed: 'rows' | 'bytes' | null = null
  return () => {
    if (!reserve.take()) return 'disk'
    const rows = Number(sql.counts.get()?.['depth'])
    const bytes = Number(sql.usedBytes.get()?.['bytes'])
    const share = closed === null ? 1 : 0.8
    if (rows >= maxRows * share) closed = 'rows'
    else if (bytes >= maxBytes * share) closed = 'bytes'
    else closed = null
    return closed
  }
}
