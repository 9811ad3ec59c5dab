/** Batches: fixed when they are formed, resent byte for byte, and gone with the first answer that gives verdicts. */
import { createHash } from 'node:crypto'
import type { Statements } from './statements.ts'
import type { Batch, BatchSummary, Item, Settled, Verdict } from './types.ts'

/** Limits of one request, under the ingest's own (`docs/contract.md`, limits). */
const BATCH_ITEMS = 100
const BATCH_BYTES = 900 * 1024

/** Fixes the oldest free items as a batch. An item that the disk changed is no measurement any more: a dead letter. */
export function formBatch(sql: Statements, batchId: string, nowMs: number): BatchSummary | null {
  const chosen: Row[] = []
  let bytes = 0
  for (const row of sql.freeItems.all(BATCH_ITEMS).map(readRow)) {
    if (itemDigest(row) !== row.digest) {
      bury(
        sql,
        row.resultId,
        { verdict: 'invalid', code: 'damaged', reason: 'The disk changed the row' },
        nowMs,
      )
      continue
    }
    bytes += Buffer.byteLength(row.body) + 1
    if (chosen.length > 0 && bytes > BATCH_BYTES) break
    chosen.push(row)
  }
  if (chosen.length === 0) return null
  fixBatch(sql, batchId, chosen)
  return { batchId, items: chosen.length }
}

/** Marks the items as the batch's, within the caller's transaction. */
function fixBatch(sql: Statements, batchId: string, rows: readonly Row[]): void {
  sql.insertBatch.run(batchId, rows[0]?.seq ?? 0)
  for (const { seq } of rows) sql.assign.run(batchId, seq)
}

/**
 * The batch's body is made of its items' exact text, so it is the same at every call: a batch never loses some of its
 * items, and the disk need not hold them twice. A batch with a damaged item is dissolved and null.
 */
export function readBatch(
  sql: Statements,
  dissolve: (batchId: string) => void,
  batchId: string,
): Batch | null {
  const rows = itemsOf(sql, batchId)
  if (rows.length === 0) return null
  if (rows.some((row) => itemDigest(row) !== row.digest)) {
    dissolve(batchId)
    return null
  }
  const body = `{"batch_id":${JSON.stringify(batchId)},"items":[${rows.map((row) => row.body).join(',')}]}`
  return { batchId, body, resultIds: rows.map(({ resultId }) => resultId) }
}

/** Frees the batch's items, for a batch under another id. */
export function dissolve(sql: Statements, batchId: string): void {
  sql.unassign.run(batchId)
  sql.deleteBatch.run(batchId)
}

/** Applies verdicts; items that none of them names are free again. */
export function settle(
  sql: Statements,
  batchId: string,
  verdicts: readonly Verdict[],
  nowMs: number,
): Settled {
  const ours = new Set(itemsOf(sql, batchId).map(({ resultId }) => resultId))
  const named = verdicts.filter(({ resultId }) => ours.has(resultId))
  let deadLetters = 0
  for (const { resultId, ...refusal } of named) {
    if (refusal.verdict === 'created' || refusal.verdict === 'duplicate') sql.deleteItem.run(resultId)
    else {
      bury(sql, resultId, refusal, nowMs)
      deadLetters++
    }
  }
  const left = ours.size - named.length
  // An answer that names none of them says nothing: the batch stays as it is.
  if (named.length > 0) dissolve(sql, batchId)
  return { deleted: named.length - deadLetters, deadLetters, left }
}

function bury(sql: Statements, resultId: string, refusal: Omit<Verdict, 'resultId'>, nowMs: number): void {
  sql.bury.run(refusal.verdict, refusal.code, refusal.reason, nowMs, resultId)
  sql.deleteItem.run(resultId)
}

/** Replaces a batch by its halves. */
export function split(sql: Statements, batchId: string, [first, second]: readonly [string, string]): void {
  const rows = itemsOf(sql, batchId)
  const middle = Math.ceil(rows.length / 2)
  dissolve(sql, batchId)
  for (const [id, half] of [
    [first, rows.slice(0, middle)],
    [second, rows.slice(middle)],
  ] as const) {
    if (half.length > 0) fixBatch(sql, id, half)
  }
}

type Row = { readonly seq: number; readonly resultId: string; readonly body: string; readonly digest: string }

function itemsOf(sql: Statements, batchId: string): Row[] {
  return sql.itemsOfBatch.all(batchId).map(readRow)
}

function readRow(row: Record<string, unknown>): Row {
  return {
    seq: Number(row['seq']),
    resultId: String(row['result_id']),
    body: String(row['body']),
    digest: String(row['digest']),
  }
}

/** Proof that the disk gives back the item that was written. */
export function itemDigest({ resultId, body }: Item): string {
  return createHash('sha256').update(`${resultId}\n${body}`).digest('hex')
}
