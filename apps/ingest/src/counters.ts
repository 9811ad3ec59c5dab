export type Counters = {
  readonly add: (name: string, count?: number) => void
  readonly read: () => Readonly<Record<string, number>>
}

/** What this process did since it started, by name. */
export function createCounters(): Counters {
  const counts = new Map<string, number>()
  return {
    add: (name, count = 1) => void counts.set(name, (counts.get(name) ?? 0) + count),
    read: () => Object.fromEntries(counts),
  }
}
