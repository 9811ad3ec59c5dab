/** Milestones and counts to the numbers of a result. Formulas: docs/measurement.md. Pure. */
import type { StreamShape } from '../result.ts'
import { deltasOf, joinTexts } from './milestones.ts'
import type { Delta, Milestones } from './milestones.ts'
import { countStalls, gapsOf, judgeStreamShape } from './stream-shape.ts'
import type { TokenCounts } from './tokens.ts'
import type { StampedEvent } from '../events.ts'

/** Seconds since t = 0, or null. */
type Seconds = number | null

export type Metrics = {
  readonly timeToFirstByte: Seconds
  readonly timeToFirstReasoning: Seconds
  readonly timeToFirstToken: Seconds
  readonly timeTo64VisibleTokens: Seconds
  readonly generateTime: number
  readonly totalTime: number
  readonly tokensPerSecond: number
  readonly visibleTokensPerSecond: number | null
  readonly decodeTokensPerSecond: number | null
  readonly timesBetweenTokens: number[]
  readonly longestGap: Seconds
  readonly stalls: number
  readonly streamShape: StreamShape | null
  readonly visibleStreamChunks: number
  readonly maxTokensPerChunk: number | null
  readonly visibleCharacters: number
  readonly reasoningCharacters: number
}

export type Moments = {
  readonly startNs: bigint
  readonly firstByteNs: bigint | null
  readonly endNs: bigint
}

/** Derives every number of a run whose stream held these events. `countTokens` is the o200k_base tokenizer. */
export function deriveMetrics(
  events: readonly StampedEvent[],
  milestones: Milestones,
  moments: Moments,
  tokens: TokenCounts,
  countTokens: (text: string) => number,
): Metrics {
  const { startNs } = moments
  const since = (atNs: bigint | null): Seconds => (atNs === null ? null : seconds(atNs - startNs))
  const text = deltasOf(events, 'text')
  const gapsNs = gapsOf(text)
  const totalTime = seconds(moments.endNs - startNs)
  // Without any content there is no generation to time: the run counts in full, and its rates are 0.
  const generateTime = since(milestones.lastContentNs) ?? totalTime
  const rate = (count: number): number =>
    milestones.lastContentNs === null || generateTime === 0 ? 0 : count / generateTime
  const streamShape = judgeStreamShape(text, tokens.visibleTokens)
  return {
    timeToFirstByte: since(moments.firstByteNs),
    timeToFirstReasoning: since(milestones.firstReasoningNs),
    timeToFirstToken: since(milestones.firstTextNs),
    timeTo64VisibleTokens: since(milestones.token64Ns),
    generateTime,
    totalTime,
    tokensPerSecond: rate(tokens.outputTokens),
    visibleTokensPerSecond: text.length === 0 ? null : rate(tokens.visibleTokens),
    decodeTokensPerSecond:
      streamShape === 'streamed' ? decodeRate(text, tokens.visibleTokens, countTokens) : null,
    timesBetweenTokens: gapsNs.map(seconds),
    longestGap: gapsNs.length === 0 ? null : seconds(gapsNs.reduce((most, gap) => (gap > most ? gap : most))),
    stalls: countStalls(gapsNs),
    streamShape,
    visibleStreamChunks: text.length,
    maxTokensPerChunk:
      text.length === 0 ? null : text.reduce((most, delta) => Math.max(most, countTokens(delta.text)), 0),
    visibleCharacters: codePoints(text),
    reasoningCharacters: codePoints(deltasOf(events, 'reasoning')),
  }
}

/**
 * (visible tokens − those of the first delta) ÷ (last text − first text). A delta's tokens are only known to the
 * o200k_base tokenizer, so its share of the text is taken there and applied to the count of the row
 * (docs/decisions/2026-11-24-decode-rate-share.md).
 */
function decodeRate(
  text: readonly Delta[],
  visibleTokens: number,
  countTokens: (text: string) => number,
): Seconds {
  const first = text[0]
  const last = text.at(-1)
  if (first === undefined || last === undefined || last.atNs === first.atNs) return null
  const all = countTokens(joinTexts(text))
  const share = all === 0 ? 0 : countTokens(first.text) / all
  return (visibleTokens * Math.max(0, 1 - share)) / seconds(last.atNs - first.atNs)
}

function codePoints(deltas: readonly Delta[]): number {
  let count = 0
  for (const _ of joinTexts(deltas)) count += 1
  return count
}

/** Nanoseconds to seconds. Exact to the nanosecond for intervals under 100 days. */
function seconds(ns: bigint): number {
  return Number(ns) / 1e9
}
