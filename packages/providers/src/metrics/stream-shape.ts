/** Whether a provider really streamed: the rule, with thresholds here, in held-back.ts and in slow-start.ts. Pure. */
import type { StreamShape } from '../result.ts'
import { joinTexts } from './milestones.ts'
import type { Delta } from './milestones.ts'
import {
  FEWEST_TOKENS,
  IMPLAUSIBLE_TOKENS_PER_SECOND,
  judgeHeldBack,
  UNSURE_TOKENS_PER_SECOND,
} from './held-back.ts'
import type { Wire } from './held-back.ts'

/** More tokens a delta, or an arrival, than this on average: its gaps are not gaps between tokens. */
const COARSE_TOKENS = 12
/** What came within this time of its first read is one arrival: the network cuts a lump into reads. */
const ARRIVAL_NS = 1_000_000n
/** Arrivals of many small deltas are a fast stream when they are as close as this, and not only a few. */
const CLOSE_ARRIVALS_SECONDS = 0.025
const FEWEST_ARRIVALS = 5

/**
 * The shape of a stream, null where it cannot be told. The first rule that holds decides:
 * 1. under 8 tokens: null;
 * 2. all in one arrival, or at over 20,000 tokens a second: `buffered`;
 * 3. a first flight of 8 KB and more at such a pace, and then, a round trip later, what TCP's slow start still held
 *    back: `buffered`. Null where the pace of that flight or the growth of the later ones leaves a doubt, or the
 *    round trip is not known;
 * 4. at over 10,000 tokens a second: null;
 * 5. more than 12 tokens a delta: `coarse`; as many an arrival, too, unless there are at least 5 arrivals, at most
 *    25 ms apart on average: fast vendors pack a dozen deltas into a read;
 * 6. the rest: `streamed`.
 *
 * `text` are the deltas as a reader sees them, `reasoning` those before and between them, which slow start held back as
 * well; `countTokens` counts o200k_base tokens.
 */
export function judgeStreamShape(
  text: readonly Delta[],
  reasoning: readonly Delta[],
  wire: Wire,
  countTokens: (text: string) => number,
): StreamShape | null {
  const tokens = countTokens(joinTexts(text))
  const first = text[0]
  const last = text.at(-1)
  if (first === undefined || last === undefined || tokens < FEWEST_TOKENS) return null
  const span = Number(last.atNs - first.atNs) / 1e9
  if (tokens > span * IMPLAUSIBLE_TOKENS_PER_SECOND) return 'buffered'
  for (const content of [text, reasoning.length === 0 ? [] : inOrder([...reasoning, ...text])]) {
    const held = judgeHeldBack(content, wire, countTokens)
    if (held !== 'no') return held === 'yes' ? 'buffered' : null
  }
  if (tokens > span * UNSURE_TOKENS_PER_SECOND) return null
  const arrivals = countArrivals(text)
  if (tokens / text.length > COARSE_TOKENS) return 'coarse'
  const isClose = arrivals >= FEWEST_ARRIVALS && span / (arrivals - 1) <= CLOSE_ARRIVALS_SECONDS
  return tokens / arrivals > COARSE_TOKENS && !isClose ? 'coarse' : 'streamed'
}

function countArrivals(text: readonly Delta[]): number {
  let count = 0
  let fromNs: bigint | null = null
  for (const { atNs } of text) {
    if (fromNs !== null && atNs - fromNs < ARRIVAL_NS) continue
    count += 1
    fromNs = atNs
  }
  return count
}

function inOrder(deltas: readonly Delta[]): readonly Delta[] {
  return deltas.toSorted((a, b) => Number(a.atNs - b.atNs))
}
