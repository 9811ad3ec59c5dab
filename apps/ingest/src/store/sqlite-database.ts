import { dirname } from 'node:path'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { StoreUnavailable } from '../errors.ts'
import { createDirectory } from './directories.ts'
import { rememberFile, type OpenedFile } from './sqlite-file.ts'
import { SCHEMA } from './sqlite-schema.ts'

export type Row = Readonly<Record<string, string | number | null>>

/**
 * A file of SQLite with what the store needs of it. Every failure comes out as `StoreUnavailable`. Reads answer at once;
 * writes wait for another process' write, and the event loop goes on meanwhile.
 */
export type SqliteDatabase = {
  /** Called again, it checks that the file is still the same, and recreates dropped tables. */
  readonly open: () => void
  readonly isOpen: () => boolean
  /** Throws `StoreUnavailable` where the path no longer leads to the open file. */
  readonly checkFile: (doing: string) => void
  readonly close: () => void
  readonly all: (doing: string, sql: string, ...values: SQLInputValue[]) => Row[]
  readonly get: (doing: string, sql: string, ...values: SQLInputValue[]) => Row | undefined
  /** Number of rows changed; to be called within a transaction. */
  readonly run: (doing: string, sql: string, ...values: SQLInputValue[]) => number
  /** All of `work` or nothing, durable when it resolves. `work` may run again if it met another's write. */
  readonly transaction: <Result>(doing: string, work: () => Result) => Promise<Result>
}

/** How long a write waits for other processes' writes before it gives up: less than the handler's deadline. */
const BUSY_MS = 8000
const BUSY_POLL_MS = 5

export function createSqliteDatabase(path: string, busyMs = BUSY_MS): SqliteDatabase {
  let database: DatabaseSync | null = null
  let file: OpenedFile | null = null
  const statements = new Map<string, StatementSync>()

  const guard = <Result>(doing: string, work: (database: DatabaseSync) => Result): Result => {
    if (database === null) throw new StoreUnavailable(doing)
    try {
      return work(database)
    } catch (error) {
      throw isSqliteError(error) ? new StoreUnavailable(doing, error) : error
    }
  }
  /** Every text is a constant of this program, so there are only ever a few dozen of them. */
  const prepared = (database: DatabaseSync, sql: string): StatementSync => {
    const known = statements.get(sql) ?? database.prepare(sql)
    statements.set(sql, known)
    return known
  }
  const tryOnce = <Result>(doing: string, work: () => Result): Result =>
    guard(doing, (database) => {
      database.exec('BEGIN IMMEDIATE')
      try {
        const result = work()
        database.exec('COMMIT')
        // A commit to a moved or deleted file would be lost at the next start.
        checkFile(doing)
        return result
      } catch (error) {
        if (database.isTransaction) database.exec('ROLLBACK')
        throw error
      }
    })

  const checkFile = (doing: string): void => {
    const problem = file?.problem() ?? null
    if (problem !== null) throw new StoreUnavailable(doing, new Error(problem))
  }

  return {
    open: () => {
      if (database !== null) {
        checkFile('checking the file')
        guard('checking the tables', (opened) => opened.exec(SCHEMA))
        return
      }
      try {
        database = openFile(path)
        file = rememberFile(path)
      } catch (error) {
        throw new StoreUnavailable('opening the file', error)
      }
    },
    isOpen: () => database !== null,
    checkFile,
    close: () => {
      statements.clear()
      database?.close()
      database = null
    },
    all: (doing, sql, ...values) =>
      guard(doing, (database) => prepared(database, sql).all(...values) as Row[]),
    get: (doing, sql, ...values) =>
      guard(doing, (database) => prepared(database, sql).get(...values) as Row | undefined),
    run: (doing, sql, ...values) =>
      guard(doing, (database) => Number(prepared(database, sql).run(...values).changes)),
    transaction: async (doing, work) => {
      const deadline = performance.now() + busyMs
      for (;;) {
        try {
          return tryOnce(doing, work)
        } catch (error) {
          if (!isBusy(error) || performance.now() > deadline) throw error
        }
        await sleep(BUSY_POLL_MS * (1 + Math.random()))
      }
    },
  }
}

const OPEN_BUSY_MS = 2000

/** WAL so that readers never wait; FULL so that a commit is on the disk before it is answered for. */
function openFile(path: string): DatabaseSync {
  createDirectory(dirname(path))
  const database = new DatabaseSync(path)
  try {
    // Several processes may open a new file at once; afterwards nothing waits within a statement.
    database.exec(`PRAGMA busy_timeout = ${OPEN_BUSY_MS}`)
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON')
    database.exec(SCHEMA)
    database.exec('PRAGMA busy_timeout = 0')
  } catch (error) {
    database.close()
    throw error
  }
  return database
}

const isSqliteError = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ERR_SQLITE_ERROR'

const SQLITE_BUSY = 5

const isBusy = (error: unknown): boolean => sqliteCode(error) === SQLITE_BUSY

/** SQLite's primary result code behind an error of the store; null where it has none. */
export function sqliteCode(error: unknown): number | null {
  const cause = error instanceof StoreUnavailable ? error.cause : null
  return cause instanceof Error && 'errcode' in cause ? Number(cause.errcode) & 0xff : null
}
