export type Counters = {
  readonly add: (name: string, count?: number) => void
  readonly read: () => Readonly<Record<string, number>>
}

/** Known from the start: a series that first appears with its first document never rises to it. */
const NAMES = ['created', 'duplicate', 'rejected', 'conflict', 'invalid', 'dropped_fields'] as const

/** What this process did since it started, by name. */
export function createCounters(): Counters {
  const counts = new Map<string, number>(NAMES.map((name) => [name, 0]))
  return {
    add: (name, count = 1) => void counts.set(name, (counts.get(name) ?? 0) + count),
    read: () => Object.fromEntries(counts),
  }
}
