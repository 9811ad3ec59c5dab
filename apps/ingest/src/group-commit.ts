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
const RETURNING_SHARE = 0.75

type Waiting<Row, Outcome> = {
  readonly row: Row
  readonly resolve: (outcome: Outcome) => void
  readonly reject: (error: unknown) => void
}

/**
 * Rows that arrive together are written together: the store confirms a hundred rows in hardly more time than one. On
 * an idle server nothing waits, the group closes at the end of the event loop's turn that read its first row.
 *
 * Senders that were answered together send again together, a moment later. So the next group waits for most of as many
 * rows as the last one had, but not longer than `HOLD_MS`: without it, the first of them to arrive would be written
 * alone while the others wait for it. After a lone row nothing is waited for.
 */
export function createGroupCommit<Row, Outcome>(
  options: GroupCommitOptions<Row, Outcome>,
): GroupCommit<Row, Outcome> {
  const waiting: Waiting<Row, Outcome>[] = []
  let groups = 0
  let writing = 0
  let closing = false
  let expected = 0
  let held: NodeJS.Timeout | null = null

  const closeGroups = (): void => {
    closing = false
    if (held) clearTimeout(held)
    held = null
    while (waiting.length > 0 && groups < options.maxGroups) {
      const group = waiting.splice(0, options.maxRows)
      groups += 1
      writing += group.length
      void settle(group, options).finally(() => {
        groups -= 1
        writing -= group.length
        closeOrHold(group.length)
      })
    }
  }

  const closeOrHold = (answered: number): void => {
    if (held) return
    expected = Math.floor(answered * RETURNING_SHARE)
    if (waiting.length >= expected) closeGroups()
    else held = setTimeout(closeGroups, HOLD_MS)
  }

  return {
    write: (row) =>
      new Promise((resolve, reject) => {
        waiting.push({ row, resolve, reject })
        if (closing || groups >= options.maxGroups) return
        if (held && waiting.length < expected) return
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
