/**
 * The state beside the outbox, in a file of its own: an outbox that is moved aside must not take the day's spending
 * with it. Synchronous; it runs in the outbox's thread and under its lock.
 */
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { refusalOf } from '../budget/budget.ts'
import type { Amounts, Spending } from '../budget/budget.ts'
import { openDatabase } from '../outbox/database.ts'
import { transact } from '../outbox/gate.ts'
import { STATE_FILE, STATE_LAYOUT } from './layout.ts'
import type { KeptModel, Reservation, State } from './types.ts'

/** Longer than any rest: what is older was not renewed by a failure and says nothing any more. */
const LONGEST_MEMORY_MS = 48 * 3_600_000

export type OpenedState = { readonly state: State; readonly movedTo: string | null }

/** Opens the state of a directory that this process has locked. Throws for a disk that cannot be used. */
export function openState(directory: string, nowMs: number): OpenedState {
  const { database, movedTo } = openDatabase(join(directory, STATE_FILE), STATE_LAYOUT, nowMs)
  // Whoever held them is gone, and they are in what was spent.
  database.exec('DELETE FROM reservations')
  const sql = createStatements(database)
  const readSpending = (day: string): Spending[] => sql.spending.all(day).map(readRow)
  return {
    movedTo,
    state: {
      reserveBudget: (reservation, budgets) =>
        transact(database, () => {
          const { asked, day, provider } = reservation
          const refusal = refusalOf(asked, provider, readSpending(day), budgets)
          if (refusal === null) reserve(sql, reservation)
          return refusal
        }),
      settleBudget: (id, used) => transact(database, () => settle(sql, id, used)),
      readSpending,
      readModels: (provider, nowMs) => {
        const anchor = sql.anchor.get(provider)?.['anchor']
        return {
          anchorMs: anchor == null ? null : Number(anchor),
          models: sql.models.all(provider, nowMs - LONGEST_MEMORY_MS, nowMs).map(readModel),
        }
      },
      keepModel: (provider, { model, failures, restsUntilMs, attemptedMs, reason }, nowMs) => {
        sql.keepModel.run(provider, model, failures, restsUntilMs, nowMs, attemptedMs, reason)
      },
      forgetModel: (provider, model) => {
        sql.forgetModel.run(provider, model)
      },
      keepAnchor: (provider, anchorMs) => {
        sql.keepAnchor.run(provider, anchorMs)
      },
      close: () => database.close(),
    },
  }
}

function reserve(sql: Statements, { id, day, provider, asked }: Reservation): void {
  sql.insertReservation.run(id, day, provider, asked.requests, asked.outputTokens, asked.nanoUsd)
  spend(sql, day, provider, asked, 1)
}

function settle(sql: Statements, id: string, used: Amounts): void {
  const row = sql.reservation.get(id)
  if (row === undefined) return
  const day = String(row['day'])
  const provider = String(row['provider'])
  const reserved = {
    requests: Number(row['requests']),
    outputTokens: Number(row['output_tokens']),
    nanoUsd: row['nano_usd'] === null ? null : Number(row['nano_usd']),
  }
  spend(sql, day, provider, reserved, -1)
  spend(sql, day, provider, used, 1)
  sql.deleteReservation.run(id)
}

function spend(sql: Statements, day: string, provider: string, amounts: Amounts, sign: 1 | -1): void {
  const { requests, outputTokens, nanoUsd } = amounts
  const unpriced = nanoUsd === null ? requests : 0
  sql.spend.run(day, provider, sign * requests, sign * outputTokens, sign * (nanoUsd ?? 0), sign * unpriced)
}

function readRow(row: Record<string, unknown>): Spending {
  return {
    provider: String(row['provider']),
    requests: Number(row['requests']),
    outputTokens: Number(row['output_tokens']),
    nanoUsd: Number(row['nano_usd']),
    unpricedRequests: Number(row['unpriced_requests']),
  }
}

function readModel(row: Record<string, unknown>): KeptModel {
  const numberOf = (value: unknown): number | null => (value == null ? null : Number(value))
  return {
    model: String(row['model']),
    failures: Number(row['failures']),
    restsUntilMs: numberOf(row['rests_until']),
    attemptedMs: numberOf(row['attempted_at']),
    reason: row['reason'] as string | null,
  }
}

type Statements = ReturnType<typeof createStatements>

function createStatements(database: DatabaseSync) {
  return {
    spending: database.prepare(`SELECT provider, requests, output_tokens, nano_usd, unpriced_requests
      FROM spending WHERE day = ? ORDER BY provider`),
    spend: database.prepare(`INSERT INTO spending VALUES (?, ?, ?, ?, ?, ?)
      ON CONFLICT (day, provider) DO UPDATE SET requests = requests + excluded.requests,
        output_tokens = output_tokens + excluded.output_tokens, nano_usd = nano_usd + excluded.nano_usd,
        unpriced_requests = unpriced_requests + excluded.unpriced_requests`),
    insertReservation: database.prepare('INSERT INTO reservations VALUES (?, ?, ?, ?, ?, ?)'),
    reservation: database.prepare('SELECT * FROM reservations WHERE id = ?'),
    deleteReservation: database.prepare('DELETE FROM reservations WHERE id = ?'),
    anchor: database.prepare('SELECT anchor FROM grids WHERE provider = ?'),
    keepAnchor: database.prepare('INSERT OR REPLACE INTO grids (provider, anchor) VALUES (?, ?)'),
    models: database.prepare(`SELECT model, failures, rests_until, attempted_at, reason FROM streaks
      WHERE provider = ? AND kept_at BETWEEN ? AND ?`),
    keepModel: database.prepare(`INSERT OR REPLACE INTO streaks
      (provider, model, failures, rests_until, kept_at, attempted_at, reason) VALUES (?, ?, ?, ?, ?, ?, ?)`),
    forgetModel: database.prepare('DELETE FROM streaks WHERE provider = ? AND model = ?'),
  }
}
