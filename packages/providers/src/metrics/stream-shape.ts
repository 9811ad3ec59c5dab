/** Whether a provider really streamed. All thresholds of that judgement stand here. Pure. */
import type { StreamShape } from '../result.ts'
import type { Delta } from './milestones.ts'

/** A text with fewer tokens than this says nothing about how it was sent. */
const FEWEST_TOKENS = 8
/** More tokens an arrival than this, on average, is coarse: gaps between arrivals are then not gaps between tokens. */
const COARSE_TOKENS_PER_ARRIVAL = 12
/** Several times what the fastest hardware generates: such a text lay ready and was only written out. */
const IMPLAUSIBLE_TOKENS_PER_SECOND = 10_000
/** A gap over this is a stall. */
const STALL_NS = 1_000_000_000n

/**
 * The shape of a stream, null where there is too little text to tell:
 * - `buffered`: everything in one arrival, or in less time than any model needs to generate it;
 * - `coarse`: few large chunks;
 * - `streamed`: the rest.
 */
export function judgeStreamShape(deltas: readonly Delta[], visibleTokens: number): StreamShape | null {
  const first = deltas[0]
  const last = deltas.at(-1)
  if (first === undefined || last === undefined || visibleTokens < FEWEST_TOKENS) return null
  const spanSeconds = Number(last.atNs - first.atNs) / 1e9
  if (visibleTokens > spanSeconds * IMPLAUSIBLE_TOKENS_PER_SECOND) return 'buffered'
  const arrivals = new Set(deltas.map(({ atNs }) => atNs)).size
  return visibleTokens / arrivals > COARSE_TOKENS_PER_ARRIVAL ? 'coarse' : 'streamed'
}

/** Gaps between consecutive deltas in nanoseconds; their sum is last minus first, exactly. */
export function gapsOf(deltas: readonly Delta[]): bigint[] {
  return deltas.slice(1).map(({ atNs }, index) => atNs - (deltas[index]?.atNs ?? atNs))
}

/** How many gaps are stalls. */
export function countStalls(gapsNs: readonly bigint[]): number {
  return gapsNs.filter((gap) => gap > STALL_NS).length
}
