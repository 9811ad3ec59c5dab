/** More changes than this at a time are read sooner than looked up. */
const MOST_CHANGES = 200

export type ChangeLog = {
  /** A new run of changes, with nothing known of what was before. */
  readonly begin: () => void
  /** A document has changed; without an `_id` nobody knows what has. */
  readonly add: (_id: unknown) => void
  readonly version: () => string
  /** The `_id`s that were added since that version, some of them twice; null where they are not known any more. */
  readonly since: (version: string) => readonly unknown[] | null
}

/** Counts changes and remembers the last of them by their `_id`s. */
export function createChangeLog(): ChangeLog {
  let runs = 0
  let changes = 0
  let last: unknown[] = []
  return {
    begin: () => {
      runs += 1
      last = []
    },
    add: (_id) => {
      changes += 1
      last = _id === undefined ? [] : [...last.slice(1 - MOST_CHANGES), _id]
    },
    version: () => `${runs} ${changes}`,
    since: (version) => {
      const [run, change] = version.split(' ').map(Number)
      const missed = changes - (change ?? 0)
      if (run !== runs || missed > last.length) return null
      return missed === 0 ? [] : last.slice(-missed)
    },
  }
}
