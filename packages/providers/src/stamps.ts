/** The published numbers of a run turned back into moments. */
import type { ResultDocument } from './result.ts'
import type { SavedTape } from './tape-file.ts'

/**
 * The monotonic moments of the visible text deltas, in nanoseconds, from the first token and the gaps of the document:
 * what is compared with a known truth is then what would be stored. Empty when there was no visible text.
 */
export function textStampsOf(document: ResultDocument, { tape }: SavedTape): bigint[] {
  const { time_to_first_token: first, times_between_tokens: gaps } = document
  if (tape.startNs === null || first === null || first === undefined) return []
  const stamps = [tape.startNs + nanoseconds(first)]
  for (const gap of gaps ?? []) stamps.push((stamps.at(-1) ?? 0n) + nanoseconds(gap))
  return stamps
}

function nanoseconds(seconds: number): bigint {
  return BigInt(Math.round(seconds * 1e9))
}
