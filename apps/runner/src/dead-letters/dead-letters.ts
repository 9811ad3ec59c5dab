/**
 * Refused results, looked at and sent again. Over a connection of its own, so that it works beside a running daemon:
 * SQLite lets one write at a time, and a row is in one of the two tables at every moment.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describeError, ExitFault } from '../faults.ts'
import { itemDigest } from '../outbox/batches.ts'
import { versionOf } from '../outbox/database.ts'
import { transact } from '../outbox/gate.ts'
import { OUTBOX_FILE, OUTBOX_LAYOUT } from '../outbox/layout.ts'

/** How long another writer may hold the file. */
const BUSY_MS = 5000
/** Rows moved in one transaction: the daemon waits a second for its own writes. */
const CHUNK_ROWS = 200

export type DeadLetter = {
  readonly resultId: string
  readonly body: string
  readonly verdict: string
  readonly code: string | null
  readonly reason: string | null
  readonly movedMs: number
}

export type Resent = {
  readonly moved: number
  /** Ids that cannot be sent again, and why. */
  readonly kept: readonly { readonly resultId: string; readonly reason: string }[]
}

export type DeadLetters = {
  /** Oldest first. */
  readonly list: () => DeadLetter[]
  /** Moves those back to the outbox, or all. An id that is no dead letter is in `kept`. */
  readonly resend: (resultIds: readonly string[] | 'all', nowMs: number) => Resent
  readonly count: (chosen: Chosen) => number
  /** Deletes those for good, and says how many. */
  readonly drop: (chosen: Chosen) => number
  readonly close: () => void
}

/** Which dead letters: by id, by age, by the verdict's code, or all. */
export type Chosen = {
  readonly resultIds: readonly string[] | null
  /** Moved there before this moment; null whenever. */
  readonly beforeMs: number | null
  readonly code: string | null
}

/** Opens the outbox of a state directory beside whoever uses it. Throws ExitFault 1 when there is none to use. */
export function openDeadLetters(
  directory: string,
  { readOnly }: { readonly readOnly: boolean },
): DeadLetters {
  const path = join(directory, OUTBOX_FILE)
  if (!existsSync(path))
    throw new ExitFault(1, `There is no outbox in ${directory}: is RUNNER_STATE_DIR right?`)
  const database = openBeside(path, readOnly)
  return {
    list: () => database.prepare(`${SELECT} ORDER BY moved_at, result_id`).all().map(readLetter),
    resend: (resultIds, nowMs) =>
      resultIds === 'all' ? resendAll(database, nowMs) : resendNamed(database, resultIds, nowMs),
    count: (chosen) =>
      Number(database.prepare(`SELECT count(*) AS n ${CHOSEN}`).get(...valuesOf(chosen))?.['n']),
    drop: (chosen) => Number(database.prepare(`DELETE ${CHOSEN}`).run(...valuesOf(chosen)).changes),
    close: () => database.close(),
  }
}

/** Rows that are chosen: ids as a JSON list, moment, code; null where any will do. */
const CHOSEN = `FROM dead_letters WHERE (?1 IS NULL OR result_id IN (SELECT value FROM json_each(?1)))
  AND (?2 IS NULL OR moved_at < ?2) AND (?3 IS NULL OR code = ?3)`

const valuesOf = ({ resultIds, beforeMs, code }: Chosen) =>
  [resultIds === null ? null : JSON.stringify(resultIds), beforeMs, code] as const

function openBeside(path: string, readOnly: boolean): DatabaseSync {
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(path, { readOnly, timeout: BUSY_MS })
    if (versionOf(database) !== OUTBOX_LAYOUT.version)
      throw new Error('It is of another version than this runner')
    if (!readOnly) database.exec('PRAGMA synchronous = FULL')
    return database
  } catch (error) {
    database?.close()
    throw new ExitFault(1, `${path} cannot be used: ${describeError(error)}`)
  }
}

const SELECT = 'SELECT result_id, body, verdict, code, reason, moved_at FROM dead_letters'

function resendAll(database: DatabaseSync, nowMs: number): Resent {
  const ids = database.prepare('SELECT result_id FROM dead_letters ORDER BY moved_at, result_id').all()
  const all = ids.map((row) => String(row['result_id']))
  const done: Resent[] = []
  for (let at = 0; at < all.length; at += CHUNK_ROWS) {
    done.push(resendNamed(database, all.slice(at, at + CHUNK_ROWS), nowMs))
  }
  return {
    moved: done.reduce((sum, { moved }) => sum + moved, 0),
    kept: done.flatMap(({ kept }) => kept),
  }
}

/** All of them in one transaction. */
function resendNamed(database: DatabaseSync, resultIds: readonly string[], nowMs: number): Resent {
  const find = database.prepare(`${SELECT} WHERE result_id = ?`)
  const waiting = database.prepare('SELECT 1 FROM items WHERE result_id = ?')
  const insert = database.prepare(
    'INSERT INTO items (result_id, body, digest, created_at) VALUES (?, ?, ?, ?)',
  )
  const remove = database.prepare('DELETE FROM dead_letters WHERE result_id = ?')
  return transact(database, () => {
    const kept: { resultId: string; reason: string }[] = []
    for (const resultId of resultIds) {
      const row = find.get(resultId)
      const reason =
        row === undefined
          ? 'There is no such dead letter'
          : obstacleOf(readLetter(row), waiting.get(resultId))
      if (row === undefined || reason !== null) {
        kept.push({ resultId, reason: reason ?? '' })
        continue
      }
      const body = String(row['body'])
      insert.run(resultId, body, itemDigest({ resultId, body }), nowMs)
      remove.run(resultId)
    }
    return { moved: resultIds.length - kept.length, kept }
  })
}

function obstacleOf({ code }: DeadLetter, waiting: unknown): string | null {
  if (code === 'damaged') return 'The disk changed it: it is no measurement any more'
  return waiting === undefined ? null : 'The same id waits in the outbox already'
}

function readLetter(row: Record<string, unknown>): DeadLetter {
  return {
    resultId: String(row['result_id']),
    body: String(row['body']),
    verdict: String(row['verdict']),
    code: row['code'] as string | null,
    reason: row['reason'] as string | null,
    movedMs: Number(row['moved_at']),
  }
}
