/** How far a client's stamps are from the truth; the one place where the two meet. */
import type { RunTruth } from './truth.ts'

/** Delays of one stream, in nanoseconds. */
export type StampErrors = {
  /** Stamp minus write, for each text delta. */
  readonly deltasNs: readonly bigint[]
  /** Gap between two stamps minus the gap between the two writes: what a constant delay does not touch. */
  readonly gapsNs: readonly bigint[]
}

/**
 * Compares stamps of text deltas with the writes that carried them; null when the client saw another number of deltas
 * than were written, for then nothing says which belong together.
 */
export function stampErrors(truth: RunTruth, stampsNs: readonly bigint[]): StampErrors | null {
  const writesNs = truth.writes.flatMap((write) =>
    Array.from({ length: write.text_deltas }, () => BigInt(write.at_ns)),
  )
  if (writesNs.length !== stampsNs.length) return null
  const deltasNs = stampsNs.map((stamp, index) => stamp - (writesNs[index] ?? stamp))
  const gapsNs = deltasNs.slice(1).map((error, index) => error - (deltasNs[index] ?? error))
  return { deltasNs, gapsNs }
}

/** Percentiles by nearest rank, in milliseconds. NaN where there is no value. */
export type Summary = {
  readonly count: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
}

/** The distribution of values in nanoseconds. `maxMs` is the largest single one: it is never left out. */
export function summarise(valuesNs: readonly bigint[]): Summary {
  const sorted = valuesNs.map((value) => Number(value) / 1e6).sort((a, b) => a - b)
  const rank = (share: number): number =>
    sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
  return { count: sorted.length, p50Ms: rank(0.5), p99Ms: rank(0.99), maxMs: rank(1) }
}
