/** What the outbox holds, takes and says. */

export type OutboxOptions = {
  readonly directory: string
  readonly maxRows: number
  readonly maxBytes: number
  readonly reserveBytes: number
  /** What dead letters may take; beyond it the oldest go. They had their verdict, and must not stop measuring. */
  readonly maxDeadBytes?: number
}

export const OUTBOX_LIMITS = {
  maxRows: 200_000,
  maxBytes: 2 * 1024 ** 3,
  reserveBytes: 8 * 1024 ** 2,
} as const

export type Item = { readonly resultId: string; readonly body: string }
export type BatchSummary = { readonly batchId: string; readonly items: number }
export type Batch = { readonly batchId: string; readonly body: string; readonly resultIds: readonly string[] }
export type Verdict = {
  readonly resultId: string
  readonly verdict: 'created' | 'duplicate' | 'rejected' | 'conflict' | 'invalid'
  readonly code: string | null
  readonly reason: string | null
}
export type Settled = { readonly deleted: number; readonly deadLetters: number; readonly left: number }

export const MOST_DEAD_BYTES = 256 * 1024 ** 2

/** Why nothing more may be measured: the rows or bytes cap, or a disk that cannot be written. */
export type Gate = 'rows' | 'bytes' | 'disk' | null

export type OutboxStatus = {
  readonly depth: number
  readonly oldestCreatedMs: number | null
  readonly deadLetters: number
  /** Dead letters that were dropped since the start, because their cap was reached. */
  readonly deadLettersDropped: number
  readonly gate: Gate
}

/** What was found when the outbox was opened. */
export type OpeningReport = { readonly movedTo: string | null; readonly salvaged: number }

export type Outbox = {
  readonly report: OpeningReport
  /** Commits an item; when this returns, kill -9 and power loss keep it. Throws when the disk cannot take it. */
  readonly add: (item: Item, nowMs: number) => void
  /** Batches that await a verdict, oldest first. */
  readonly listBatches: () => BatchSummary[]
  /** Fixes the oldest free items as a batch under that id, or returns null when there are none. */
  readonly formBatch: (batchId: string, nowMs: number) => BatchSummary | null
  /** The batch as it was fixed: the same bytes at every call. Null when it is settled or was found damaged. */
  readonly readBatch: (batchId: string) => Batch | null
  /**
   * Applies verdicts in one transaction: rows named created or duplicate go, the refused move to the dead letters,
   * the rest is batched anew.
   */
  readonly settle: (batchId: string, verdicts: readonly Verdict[], nowMs: number) => Settled
  /** Replaces a batch by its halves under new ids. */
  readonly split: (batchId: string, halves: readonly [string, string]) => void
  readonly status: () => OutboxStatus
  readonly close: () => void
}
