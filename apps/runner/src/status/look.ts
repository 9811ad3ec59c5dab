/** Looks at a state directory from outside, beside whoever uses it: reads only, and changes nothing there. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { dayOf, sumOf, usdOf } from '../budget/budget.ts'
import { describeError, ExitFault } from '../faults.ts'
import { OUTBOX_FILE } from '../outbox/layout.ts'
import { isDirectoryLocked } from '../outbox/lock.ts'
import { STATE_FILE } from '../state/layout.ts'
import { readDaemonStatus } from './file.ts'
import type { DaemonStatus } from './file.ts'

const BUSY_MS = 2000
/** The daemon writes every few seconds: what is older than this was not written by one that is well. */
const OLD_SECONDS = 60

export type OutboxLook = {
  readonly depth: number
  readonly oldest_age_seconds: number | null
  readonly dead_letters: number
}

export type SpendingLook = {
  readonly day: string
  readonly requests: number
  readonly output_tokens: number
  readonly usd: number
}

/** `unreadable` says why a file could not be looked at: that is not the same as nothing in it. */
export type Unreadable = { readonly unreadable: string }

export type StatusLook = {
  /** `stale`: it holds the directory but has not reported for a minute. */
  readonly daemon: 'running' | 'stale' | 'not_running'
  readonly report_age_seconds: number | null
  /** Null where there is no such file yet. */
  readonly outbox: OutboxLook | Unreadable | null
  /** Today's, reservations included. */
  readonly spending: SpendingLook | Unreadable | null
  /** What the daemon said last, however long ago. */
  readonly report: DaemonStatus | null
}

/** The state of a runner. Throws ExitFault 1 where there is no state directory, or it may not be read. */
export function lookAtRunner(directory: string, nowMs: number): StatusLook {
  if (!existsSync(directory)) {
    throw new ExitFault(1, `There is no state directory ${directory}: is RUNNER_STATE_DIR right?`)
  }
  try {
    return look(directory, nowMs)
  } catch (error) {
    throw new ExitFault(1, `The state directory ${directory} cannot be looked at: ${describeError(error)}`)
  }
}

function look(directory: string, nowMs: number): StatusLook {
  const report = readDaemonStatus(directory)
  const age = report === null ? null : Math.round((nowMs - Date.parse(report.reported_at)) / 1000)
  return {
    daemon: daemonState(isDirectoryLocked(directory), report, age),
    report_age_seconds: age,
    outbox: readFrom(join(directory, OUTBOX_FILE), (database) => readOutbox(database, nowMs)),
    spending: readFrom(join(directory, STATE_FILE), (database) => readSpending(database, dayOf(nowMs))),
    report,
  }
}

/** Who holds the directory without a fresh report is a single cycle, a daemon that hangs, or one that cannot write. */
function daemonState(
  isHeld: boolean,
  report: DaemonStatus | null,
  ageSeconds: number | null,
): StatusLook['daemon'] {
  if (!isHeld) return 'not_running'
  const isFresh = ageSeconds !== null && Math.abs(ageSeconds) <= OLD_SECONDS
  return isFresh && report?.state !== 'stopped' ? 'running' : 'stale'
}

function readFrom<T>(path: string, read: (database: DatabaseSync) => T): T | Unreadable | null {
  if (!existsSync(path)) return null
  try {
    const database = new DatabaseSync(path, { readOnly: true, timeout: BUSY_MS })
    try {
      return read(database)
    } finally {
      database.close()
    }
  } catch (error) {
    return { unreadable: describeError(error) }
  }
}

function readOutbox(database: DatabaseSync, nowMs: number): OutboxLook {
  const row = database
    .prepare(
      `SELECT count(*) AS depth, min(created_at) AS oldest, (SELECT count(*) FROM dead_letters) AS dead FROM items`,
    )
    .get()
  const oldest = row?.['oldest']
  return {
    depth: Number(row?.['depth']),
    oldest_age_seconds: oldest == null ? null : Math.max(0, Math.round((nowMs - Number(oldest)) / 1000)),
    dead_letters: Number(row?.['dead']),
  }
}

function readSpending(database: DatabaseSync, day: string): SpendingLook {
  const rows = database
    .prepare('SELECT requests, output_tokens, nano_usd FROM spending WHERE day = ?')
    .all(day)
  const sum = sumOf(
    rows.map((row) => ({
      requests: Number(row['requests']),
      outputTokens: Number(row['output_tokens']),
      nanoUsd: Number(row['nano_usd']),
    })),
  )
  return { day, requests: sum.requests, output_tokens: sum.outputTokens, usd: usdOf(sum.nanoUsd) }
}
