/** The times between deltas. Pure. */
import type { Delta } from './milestones.ts'

/** A gap over this is a stall. */
const STALL_NS = 1_000_000_000n

/** Gaps between consecutive deltas in nanoseconds; their sum is last minus first, exactly. */
export function gapsOf(deltas: readonly Delta[]): bigint[] {
  return deltas.slice(1).map(({ atNs }, index) => atNs - (deltas[index]?.atNs ?? atNs))
}

/** How many gaps are stalls. */
export function countStalls(gapsNs: readonly bigint[]): number {
  return gapsNs.filter((gap) => gap > STALL_NS).length
}
