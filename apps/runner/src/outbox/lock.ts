/** One instance per state directory: a lock the kernel drops with the process, however it ends. */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { ExitFault } from '../faults.ts'
import { SQLITE, sqliteCode } from './sqlite-error.ts'

export type Lock = { readonly release: () => void }

/**
 * Takes the directory's lock: an exclusive transaction on a database file of its own, so that the outbox itself stays
 * readable for tools. Throws ExitFault 75 when another process holds it.
 */
export function lockDirectory(directory: string): Lock {
  const database = new DatabaseSync(join(directory, 'lock.sqlite'), { timeout: 0 })
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
