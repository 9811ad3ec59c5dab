export type GroupCommit<Row, Outcome> = {
  /** The outcome of one row, written together with the others that arrive while the store is busy. */
  readonly write: (row: Row) => Promise<Outcome>
  /** Rows that wait or are being written. */
  readonly depth: () => number
}

export type GroupCommitOptions<Row, Outcome> = {
  /** Writes all rows, one outcome for each in their order. */
  readonly writeAll: (rows: readonly Row[]) => Promise<readonly Outcome[]>
  readonly maxRows: number
  /** Groups that may be under way at once. */
  readonly maxGroups: number
  /** Whether a failure says something of the store rather than of a row: then no row is tried alone. */
  readonly isStoreFault: (error: unknown) => boolean
}

const HOLD_MS = 2
const MAX_HOLD_MS = 20
const RETURNING_SHARE = 0.75
const REMEMBERED_SHARE = 0.9

type Waiting<Row, Outcome> = {
  readonly row: Row
  readonly resolve: (outcome: Outcome) => void
  readonly reject: (error: unknown) => void
}

/**
 * Rows that arrive together are written together: the store confirms a hundred rows in hardly more time than one. On
 * an idle server nothing waits, the group closes at the end of the event loop's turn that read its first row.
 *
 * Senders that were answered together send again together, over the next milliseconds. So the next group waits until
 * most of those that were about lately are back, but only while they keep coming: without it, the first to arrive would
 * be written alone, at the price of a group, while the others wait for it.
 */
export function createGroupCommit<Row, Outcome>(
  options: GroupCommitOptions<Row, Outcome>,
): GroupCommit<Row, Outcome> {
  const waiting: Waiting<Row, Outcome>[] = []
  let groups = 0
  let writing = 0
  let closing = false
  /** Rows that were about at once lately; forgotten by a tenth with every group. */
  let crowd = 0
  let held: NodeJS.Timeout | null = null

  const isWorthClosing = (): boolean => waiting.length >= Math.floor((crowd - writing) * RETURNING_SHARE)

  const closeGroups = (): void => {
    closing = false
    if (held) clearTimeout(held)
    held = null
    while (waiting.length > 0 && groups < options.maxGroups) {
      const group = waiting.splice(0, options.maxRows)
      groups += 1
      writing += group.length
      crowd = Math.max(crowd, waiting.length + writing)
      void settle(group, options).finally(() => {
        crowd = Math.max(crowd * REMEMBERED_SHARE, waiting.length + writing)
        groups -= 1
        writing -= group.length
        if (held === null) closeOrHold(0)
      })
    }
  }

  const closeOrHold = (heldMs: number, before = -1): void => {
    const stillComing = waiting.length > before
    if (isWorthClosing() || !stillComing || heldMs >= MAX_HOLD_MS) return closeGroups()
    const seen = waiting.length
    held = setTimeout(() => closeOrHold(heldMs + HOLD_MS, seen), HOLD_MS)
  }

  return {
    write: (row) =>
      new Promise((resolve, reject) => {
        waiting.push({ row, resolve, reject })
        if (closing || groups >= options.maxGroups) return
        if (held && !isWorthClosing()) return
        closing = true
        setImmediate(closeGroups)
      }),
    depth: () => waiting.length + writing,
  }
}

/** One bad row never harms its neighbours: a failure that is not the store's is looked for row by row. */
async function settle<Row, Outcome>(
  group: readonly Waiting<Row, Outcome>[],
  options: GroupCommitOptions<Row, Outcome>,
): Promise<void> {
  try {
    const outcomes = await options.writeAll(group.map(({ row }) => row))
    group.forEach(({ resolve }, index) => resolve(outcomes[index]!))
  } catch (error) {
    if (group.length === 1 || options.isStoreFault(error)) return group.forEach(({ reject }) => reject(error))
    for (const each of group) await settle([each], options)
  }
}
