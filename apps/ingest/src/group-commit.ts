export type GroupCommit<Row, Outcome> = {
  /**
   * The outcome of one row, written together with the others that arrive while the store is busy. A row whose sender has
   * left is not written any more, unless it is with the store already; its promise is then rejected with the reason of
   * `left`. Rejects with `onFull` where too many rows wait.
   */
  readonly write: (row: Row, left?: AbortSignal) => Promise<Outcome>
  /** Rows that wait or are being written. */
  readonly depth: () => number
}

export type GroupCommitOptions<Row, Outcome> = {
  /** Writes all rows, one outcome for each in their order; settles within a deadline of its own. */
  readonly writeAll: (rows: readonly Row[]) => Promise<readonly Outcome[]>
  /** Rows of one group. */
  readonly maxRows: number
  /** Rows that wait for their group. */
  readonly maxWaiting: number
  readonly onFull: () => Error
  /** Whether a failure says something of the store rather than of a row: then no row is tried apart. */
  readonly isStoreFault: (error: unknown) => boolean
}

type Waiting<Row, Outcome> = {
  readonly row: Row
  readonly resolve: (outcome: Outcome) => void
  readonly reject: (error: unknown) => void
}

/**
 * Rows that arrive together are written together: the store confirms a hundred rows in hardly more time than one. On
 * an idle server nothing waits, the group closes at the end of the event loop's turn that read its first row. One
 * group is under way at a time, and whatever arrives meanwhile is the next: several at once are smaller each, and a
 * group costs the same whatever it holds.
 */
export function createGroupCommit<Row, Outcome>(
  options: GroupCommitOptions<Row, Outcome>,
): GroupCommit<Row, Outcome> {
  const waiting = new Set<Waiting<Row, Outcome>>()
  let writing = 0
  let busy = false

  const writeGroup = async (): Promise<void> => {
    const group = [...waiting.values().take(options.maxRows)]
    for (const each of group) waiting.delete(each)
    writing = group.length
    if (group.length > 0) await settle(group, options)
    writing = 0
    busy = waiting.size > 0
    if (busy) closeSoon()
  }

  const closeSoon = (): void => void setImmediate(() => void writeGroup())

  return {
    write: (row, left) =>
      new Promise((resolve, reject) => {
        if (waiting.size >= options.maxWaiting) return reject(options.onFull())
        const mine = { row, resolve, reject }
        waiting.add(mine)
        left?.addEventListener('abort', () => {
          if (waiting.delete(mine)) reject(left.reason)
        })
        if (busy) return
        busy = true
        closeSoon()
      }),
    depth: () => waiting.size + writing,
  }
}

/** Never rejects. One bad row harms none of its neighbours: a failure that is not the store's is looked for by halves. */
async function settle<Row, Outcome>(
  group: readonly Waiting<Row, Outcome>[],
  options: GroupCommitOptions<Row, Outcome>,
): Promise<void> {
  try {
    const outcomes = await options.writeAll(group.map(({ row }) => row))
    group.forEach(({ resolve }, index) => resolve(outcomes[index]!))
  } catch (error) {
    if (group.length === 1 || options.isStoreFault(error)) return group.forEach(({ reject }) => reject(error))
    const middle = Math.ceil(group.length / 2)
    await settle(group.slice(0, middle), options)
    await settle(group.slice(middle), options)
  }
}
