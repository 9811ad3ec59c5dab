/** One instance per state directory: a lock the kernel drops with the process, however it ends. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { ExitFault } from '../faults.ts'
import { SQLITE, sqliteCode } from './sqlite-error.ts'

const LOCK_FILE = 'lock.sqlite'
/** A look from outside holds the file for microseconds: that must not refuse a start. */
const PATIENCE_MS = 250

export type Lock = { readonly release: () => void }

/**
 * Takes the directory's lock: an exclusive transaction on a database file of its own, so that the outbox itself stays
 * readable for tools. Throws ExitFault 75 when another process holds it.
 */
export function lockDirectory(directory: string): Lock {
  const database = new DatabaseSync(join(directory, LOCK_FILE), { timeout: PATIENCE_MS })
  try {
    database.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    database.close()
    if (sqliteCode(error) !== SQLITE.busy) throw error
    throw new ExitFault(
      75,
      `Another runner works in the state directory ${directory}: stop it, or give this one another RUNNER_STATE_DIR`,
    )
  }
  return { release: () => database.close() }
}

/** Whether a process holds the directory's lock; a read that is refused is the kernel's word for it. */
export function isDirectoryLocked(directory: string): boolean {
  const path = join(directory, LOCK_FILE)
  if (!existsSync(path)) return false
  const database = new DatabaseSync(path, { readOnly: true, timeout: 0 })
  try {
    database.prepare('SELECT count(*) FROM sqlite_schema').get()
    return false
  } catch (error) {
    if (sqliteCode(error) === SQLITE.busy) return true
    throw error
  } finally {
    database.close()
  }
}
