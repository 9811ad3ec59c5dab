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

/** Errors in milliseconds. NaN where there is none. */
export type Summary = {
  readonly count: number
  /** Percentiles of the absolute error by nearest rank: a stamp that is early is as wrong as one that is late. */
  readonly p50Ms: number
  readonly p99Ms: number
  /** The least error, below 0 where a stamp was early, and the greatest: no single one is left out. */
  readonly minMs: number
  readonly maxMs: number
}

/** The distribution of errors in nanoseconds, early ones below 0. */
export function summarise(errorsNs: readonly bigint[]): Summary {
  const errors = errorsNs.map((error) => Number(error) / 1e6).sort((a, b) => a - b)
  const sizes = errors.map(Math.abs).sort((a, b) => a - b)
  const rank = (share: number): number =>
    sizes[Math.max(0, Math.ceil(sizes.length * share) - 1)] ?? Number.NaN
  const [minMs = Number.NaN] = errors
  return {
    count: errors.length,
    p50Ms: rank(0.5),
    p99Ms: rank(0.99),
    minMs,
    maxMs: errors.at(-1) ?? Number.NaN,
  }
}
