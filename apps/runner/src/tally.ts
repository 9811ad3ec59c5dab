/** Counts since the start, and the last thing that went wrong: what a heartbeat tells. */
export type Tally = {
  readonly add: (name: string, amount?: number) => void
  readonly fault: (sentence: string) => void
  readonly counters: () => Readonly<Record<string, number>>
  /** When and what, or null when nothing went wrong yet. */
  readonly lastFault: () => string | null
}

const LONGEST_FAULT = 450

/** An empty tally; `wallMs` labels the last fault. */
export function createTally(wallMs: () => number): Tally {
  const counts = new Map<string, number>()
  let last: string | null = null
  return {
    add: (name, amount = 1) => counts.set(name, (counts.get(name) ?? 0) + amount),
    fault: (sentence) => {
      last = `${new Date(wallMs()).toISOString()} ${sentence.slice(0, LONGEST_FAULT)}`
    },
    counters: () => Object.fromEntries(counts),
    lastFault: () => last,
  }
}
