/** Counts since the start, and the last things that went wrong: what a heartbeat tells. */
export type Tally = {
  readonly add: (name: string, amount?: number) => void
  readonly fault: (sentence: string) => void
  readonly counters: () => Readonly<Record<string, number>>
  /** When and what, or null when nothing went wrong yet. */
  readonly lastFault: () => string | null
  /** The last ones, newest first. */
  readonly lastFaults: () => readonly string[]
  readonly success: () => void
  /** When the last run succeeded, on the wall clock; null none yet. */
  readonly lastSuccessMs: () => number | null
}

const LONGEST_FAULT = 450
const KEPT_FAULTS = 10

/** An empty tally; `wallMs` labels the last fault. */
export function createTally(wallMs: () => number): Tally {
  const counts = new Map<string, number>()
  let faults: readonly string[] = []
  let lastSuccessMs: number | null = null
  return {
    add: (name, amount = 1) => void counts.set(name, (counts.get(name) ?? 0) + amount),
    fault: (sentence) => {
      const fault = `${new Date(wallMs()).toISOString()} ${sentence.slice(0, LONGEST_FAULT)}`
      faults = [fault, ...faults].slice(0, KEPT_FAULTS)
    },
    counters: () => Object.fromEntries(counts),
    lastFault: () => faults[0] ?? null,
    lastFaults: () => faults,
    success: () => {
      lastSuccessMs = wallMs()
    },
    lastSuccessMs: () => lastSuccessMs,
  }
}
