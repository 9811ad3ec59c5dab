/**
 * The durable outbox: a result counts as measured when its row is committed here, and its row is deleted only on a
 * verdict. Synchronous; `client.ts` puts it in a thread of its own, so that no fsync delays the stamps of a run.
 */
import { join } from 'node:path'
import { createDirectory } from '../directories.ts'
import { dissolve, formBatch, itemDigest, readBatch, settle, split } from './batches.ts'
import { openDatabase } from './database.ts'
import { createDeadLetterCap } from './dead-letter-cap.ts'
import { createGate, transact, withReserve } from './gate.ts'
import { OUTBOX_FILE, OUTBOX_LAYOUT } from './layout.ts'
import { lockDirectory } from './lock.ts'
import type { Lock } from './lock.ts'
import { createReserve } from './reserve.ts'
import { salvage } from './salvage.ts'
import { createStatements } from './statements.ts'
import { MOST_DEAD_BYTES } from './types.ts'
import type { Item, Outbox, OutboxOptions } from './types.ts'

/** Opens the outbox of a state directory. Throws ExitFault 75 when another runner holds it. */
export function openOutbox(options: OutboxOptions, nowMs: number): Outbox {
  const { directory } = options
  createDirectory(directory)
  const lock = lockDirectory(directory)
  try {
    return openLocked(options, nowMs, lock)
  } catch (error) {
    lock.release()
    throw error
  }
}

function openLocked(options: OutboxOptions, nowMs: number, lock: Lock): Outbox {
  const { directory } = options
  const { database, movedTo } = openDatabase(join(directory, OUTBOX_FILE), OUTBOX_LAYOUT, nowMs)
  const sql = createStatements(database)
  const reserve = createReserve(directory, options.reserveBytes)
  reserve.take()
  const add = (item: Item, createdMs: number): void =>
    withReserve(database, reserve, () => {
      sql.insertItem.run(item.resultId, item.body, itemDigest(item), createdMs)
    })
  const salvaged = movedTo === null ? 0 : salvage(movedTo, add)
  const inTransaction = <T>(work: () => T): T =>
    withReserve(database, reserve, () => transact(database, work))
  const deadLetters = createDeadLetterCap(sql, options.maxDeadBytes ?? MOST_DEAD_BYTES)
  const gate = createGate(database, sql, reserve, { ...options, deadBytes: deadLetters.bytes })
  return {
    report: { movedTo, salvaged },
    add,
    listBatches: () =>
      sql.listBatches.all().map((row) => ({ batchId: String(row['batch_id']), items: Number(row['items']) })),
    formBatch: (batchId, at) => inTransaction(() => formBatch(sql, batchId, at)),
    readBatch: (batchId) => readBatch(sql, (id) => inTransaction(() => dissolve(sql, id)), batchId),
    settle: (batchId, verdicts, at) =>
      inTransaction(() => {
        const settled = settle(sql, batchId, verdicts, at)
        if (settled.deadLetters > 0) deadLetters.trim()
        return settled
      }),
    split: (batchId, halves) => inTransaction(() => split(sql, batchId, halves)),
    status: () => {
      const counts = sql.counts.get()
      return {
        depth: Number(counts?.['depth']),
        oldestCreatedMs: counts?.['oldest'] == null ? null : Number(counts['oldest']),
        deadLetters: Number(counts?.['dead']),
        deadLettersDropped: deadLetters.dropped(),
        gate: gate(),
      }
    },
    close: () => {
      database.close()
      lock.release()
    },
  }
}
