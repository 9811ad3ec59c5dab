/** Milestones and counts to the numbers of a result. Formulas: docs/measurement.md. Pure. */
import type { StreamShape } from '../result.ts'
import { deltasOf, joinTexts, shownDeltas } from './milestones.ts'
import type { Milestones } from './milestones.ts'
import { codePoints, decodeRates, visibleRates } from './rates.ts'
import type { Amounts, Rates } from './rates.ts'
import { countStalls, gapsOf } from './gaps.ts'
import type { Wire } from './held-back.ts'
import { judgeStreamShape } from './stream-shape.ts'
import type { TokenCounts } from './tokens.ts'
import type { StampedEvent } from '../events.ts'

/** Seconds since t = 0, or null. */
type Seconds = number | null

export type Metrics = {
  readonly timeToFirstByte: Seconds
  readonly timeToFirstReasoning: Seconds
  readonly timeToFirstToken: Seconds
  readonly timeTo48VisibleTokens: Seconds
  readonly timeTo64VisibleTokens: Seconds
  readonly generateTime: number
  readonly totalTime: Seconds
  readonly tokensPerSecond: number
  readonly visibleRates: Rates
  /** All null unless the shape is `streamed`. */
  readonly decodeRates: Rates | null
  readonly timesBetweenTokens: number[]
  readonly longestGap: Seconds
  readonly stalls: number
  readonly streamShape: StreamShape | null
  readonly visibleStreamChunks: number
  readonly maxTokensPerChunk: number | null
  readonly visibleO200kTokens: number
  readonly visibleCharacters: number
  readonly reasoningCharacters: number
}

export type Moments = {
  readonly startNs: bigint
  readonly firstByteNs: bigint | null
  /** The end of the body, or the wire format's end mark where the body's end never came; null where neither did. */
  readonly endNs: bigint | null
  /** When the run was over for us. */
  readonly closedNs: bigint
  readonly wire: Wire
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
  const shown = shownDeltas(text)
  const amounts = amountsOf(joinTexts(text), tokens, countTokens)
  const gapsNs = gapsOf(shown)
  // Without any content there is no generation to time: the run counts in full, and its rates are 0.
  const generateTime = seconds((milestones.lastContentNs ?? moments.endNs ?? moments.closedNs) - startNs)
  const rate = (count: number): number =>
    milestones.lastContentNs === null || generateTime === 0 ? 0 : count / generateTime
  const streamShape = judgeStreamShape(shown, deltasOf(events, 'reasoning'), moments.wire, countTokens)
  return {
    timeToFirstByte: since(moments.firstByteNs),
    timeToFirstReasoning: since(milestones.firstReasoningNs),
    timeToFirstToken: since(milestones.firstTextNs),
    timeTo48VisibleTokens: since(milestones.token48Ns),
    timeTo64VisibleTokens: since(milestones.token64Ns),
    generateTime,
    totalTime: since(moments.endNs),
    tokensPerSecond: rate(tokens.outputTokens),
    visibleRates: visibleRates(shown, amounts, generateTime),
    decodeRates: streamShape === 'streamed' ? decodeRates(shown, amounts, countTokens) : null,
    timesBetweenTokens: gapsNs.map(seconds),
    longestGap: gapsNs.length === 0 ? null : seconds(gapsNs.reduce((most, gap) => (gap > most ? gap : most))),
    stalls: countStalls(gapsNs),
    streamShape,
    visibleStreamChunks: text.length,
    maxTokensPerChunk:
      text.length === 0 ? null : text.reduce((most, delta) => Math.max(most, countTokens(delta.text)), 0),
    visibleO200kTokens: amounts.o200kTokens,
    visibleCharacters: amounts.characters,
    reasoningCharacters: codePoints(joinTexts(deltasOf(events, 'reasoning'))),
  }
}

/** The provider's visible tokens count only where they are its own: the tokenizer's have a column of their own. */
function amountsOf(text: string, tokens: TokenCounts, countTokens: (text: string) => number): Amounts {
  return {
    billedTokens: tokens.visibleSource === 'provider_usage' ? tokens.visibleTokens : null,
    o200kTokens: countTokens(text),
    characters: codePoints(text),
  }
}

/** Nanoseconds to seconds. Exact to the nanosecond for intervals under 100 days. */
function seconds(ns: bigint): number {
  return Number(ns) / 1e9
}
