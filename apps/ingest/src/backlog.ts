/** What failed is tried again after this long, then after twice as long, up to the longest. */
const FIRST_REST_MS = 5000
const LONGEST_REST_MS = 5 * 60_000

export type Backlog<Item> = {
  /** Work that somebody waits for. */
  readonly add: (items: readonly Item[]) => void
  /** Work that has time. */
  readonly addIdle: (items: readonly Item[]) => void
  /** Takes out what somebody waits for, in the order of its coming; what failed before stays until its rest is over. */
  readonly take: () => Item[]
  /** The same of what has time, at most so many. */
  readonly takeIdle: (limit: number) => Item[]
  readonly succeeded: (items: readonly Item[]) => void
  /** Puts an item back for later. */
  readonly failed: (item: Item) => void
  readonly hasFailed: (item: Item) => boolean
  /** Items that are not done yet, but for those that have time. */
  readonly waiting: () => number
  readonly failing: () => number
  /** How long until there is something to take; null where there will be nothing. */
  readonly dueInMs: () => number | null
}

/** Work to do by name, each at most once. An item that fails waits longer each time, and holds nothing else up. */
export function createBacklog<Item>(
  nameOf: (item: Item) => string,
  monotonicMs: () => number = () => performance.now(),
): Backlog<Item> {
  const urgent = new Map<string, Item>()
  const idle = new Map<string, Item>()
  const failures = new Map<string, { readonly times: number; readonly restUntilMs: number }>()

  const restMs = (name: string): number =>
    Math.max(0, (failures.get(name)?.restUntilMs ?? Number.NEGATIVE_INFINITY) - monotonicMs())
  const takeFrom = (items: Map<string, Item>, limit: number): Item[] => {
    const due = [...items].filter(([name]) => restMs(name) === 0).slice(0, limit)
    for (const [name] of due) items.delete(name)
    return due.map(([, item]) => item)
  }
  return {
    add: (items) => {
      for (const item of items) urgent.set(nameOf(item), item)
    },
    addIdle: (items) => {
      for (const item of items) if (!urgent.has(nameOf(item))) idle.set(nameOf(item), item)
    },
    take: () => takeFrom(urgent, Number.POSITIVE_INFINITY),
    takeIdle: (limit) => takeFrom(idle, limit),
    succeeded: (items) => {
      for (const item of items) failures.delete(nameOf(item))
    },
    failed: (item) => {
      const times = (failures.get(nameOf(item))?.times ?? 0) + 1
      const longMs = Math.min(FIRST_REST_MS * 2 ** (times - 1), LONGEST_REST_MS)
      failures.set(nameOf(item), { times, restUntilMs: monotonicMs() + longMs })
      urgent.set(nameOf(item), item)
    },
    hasFailed: (item) => failures.has(nameOf(item)),
    waiting: () => urgent.size,
    failing: () => failures.size,
    dueInMs: () => {
      const rests = [...urgent.keys(), ...idle.keys()].map(restMs)
      return rests.length === 0 ? null : rests.reduce((least, each) => Math.min(least, each))
    },
  }
}
