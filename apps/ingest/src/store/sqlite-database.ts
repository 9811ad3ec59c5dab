import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { StoreUnavailable } from '../errors.ts'
import { SCHEMA } from './sqlite-schema.ts'

export type Row = Readonly<Record<string, string | number | null>>

/** A file of SQLite with what the store needs of it. Every failure comes out as `StoreUnavailable`. */
export type SqliteDatabase = {
  readonly open: () => void
  readonly isOpen: () => boolean
  readonly close: () => void
  readonly all: (doing: string, sql: string, ...values: SQLInputValue[]) => Row[]
  readonly get: (doing: string, sql: string, ...values: SQLInputValue[]) => Row | undefined
  /** Number of rows changed. */
  readonly run: (doing: string, sql: string, ...values: SQLInputValue[]) => number
  /** All of `work` or nothing, durable when it returns. */
  readonly transaction: <Result>(doing: string, work: () => Result) => Result
}

/** How long a statement waits for another process' write before it gives up; the event loop waits with it. */
const BUSY_MS = 2000

export function createSqliteDatabase(path: string): SqliteDatabase {
  let database: DatabaseSync | null = null
  const guard = <Result>(doing: string, work: (database: DatabaseSync) => Result): Result => {
    if (database === null) throw new StoreUnavailable(doing)
    try {
      return work(database)
    } catch (error) {
      throw isSqliteError(error) ? new StoreUnavailable(doing, error) : error
    }
  }

  return {
    open: () => {
      if (database !== null) return
      try {
        database = openFile(path)
      } catch (error) {
        throw new StoreUnavailable('opening the file', error)
      }
    },
    isOpen: () => database !== null,
    close: () => {
      database?.close()
      database = null
    },
    all: (doing, sql, ...values) => guard(doing, (database) => database.prepare(sql).all(...values) as Row[]),
    get: (doing, sql, ...values) =>
      guard(doing, (database) => database.prepare(sql).get(...values) as Row | undefined),
    run: (doing, sql, ...values) =>
      guard(doing, (database) => Number(database.prepare(sql).run(...values).changes)),
    transaction: (doing, work) =>
      guard(doing, (database) => {
        database.exec('BEGIN IMMEDIATE')
        try {
          const result = work()
          database.exec('COMMIT')
          return result
        } catch (error) {
          if (database.isTransaction) database.exec('ROLLBACK')
          throw error
        }
      }),
  }
}

/** WAL so that readers never wait; FULL so that a commit is on the disk before it is answered for. */
function openFile(path: string): DatabaseSync {
  mkdirSync(dirname(path), { recursive: true })
  const database = new DatabaseSync(path, { timeout: BUSY_MS })
  try {
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON')
    database.exec(SCHEMA)
  } catch (error) {
    database.close()
    throw error
  }
  return database
}

const isSqliteError = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ERR_SQLITE_ERROR'
