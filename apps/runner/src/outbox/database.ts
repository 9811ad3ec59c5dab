/** A file of the state directory: opened, checked, and moved aside when it is damaged. */
import { existsSync, renameSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { ExitFault } from '../faults.ts'
import { SQLITE, sqliteCode } from './sqlite-error.ts'

/** What a file of the state directory holds. */
export type Layout = {
  /** What it is, in a sentence such as "The outbox was written by a newer runner". */
  readonly name: string
  readonly version: number
  readonly schema: string
  /** What brings a file of an earlier version forward by one, by that version. */
  readonly migrations?: Readonly<Record<number, string>>
  /** Reads that fail where a column is missing. */
  readonly probes: readonly string[]
}

export type OpenedDatabase = {
  readonly database: DatabaseSync
  /** Where a damaged file was moved, or null when there was none. */
  readonly movedTo: string | null
}

/** Opens the file, or moves a damaged one aside and begins a new one. Throws for a disk that cannot be used. */
export function openDatabase(path: string, layout: Layout, nowMs: number): OpenedDatabase {
  const first = new DatabaseSync(path, { timeout: 1000 })
  try {
    prepare(first, layout)
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
    prepare(database, layout)
    return { database, movedTo }
  }
}

function prepare(database: DatabaseSync, layout: Layout): void {
  database.exec(
    'PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF',
  )
  const found = versionOf(database)
  // A damaged header can hold any number: only a small one is a later version.
  if (found > layout.version && found < 1000) {
    throw new ExitFault(
      1,
      `The ${layout.name} was written by a newer runner (version ${found}); this one reads ${layout.version}`,
    )
  }
  const tables = database.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE type = 'table'").get()
  if (found === 0 && tables?.['n'] === 0) {
    database.exec(`BEGIN IMMEDIATE; ${layout.schema}; PRAGMA user_version = ${layout.version}; COMMIT`)
  } else migrate(database, layout, found)
  const verdict = database.prepare('PRAGMA integrity_check(1)').get()?.['integrity_check']
  if (verdict !== 'ok') throw new Damage(String(verdict))
  for (const statement of layout.probes) database.prepare(statement).get()
}

/** Brings an earlier file to this version, each step whole or not at all. */
function migrate(database: DatabaseSync, { version, migrations = {} }: Layout, found: number): void {
  for (let at = found; at !== version; at += 1) {
    const step = migrations[at]
    if (step === undefined) throw new Damage('The version in its header is unknown')
    database.exec(`BEGIN IMMEDIATE; ${step}; PRAGMA user_version = ${at + 1}; COMMIT`)
  }
}

/** The version that the file says its layout has. */
export function versionOf(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.['user_version'])
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
