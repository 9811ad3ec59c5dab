/** How fast the visible text came, in each unit apart: a rate can only be compared with rates of its own unit. Pure. */
import { joinTexts } from './milestones.ts'
import type { Delta } from './milestones.ts'

/** The visible text of a run in each unit. */
export type Amounts = {
  /** Tokens as the provider counts and bills them; null where it does not tell how many were visible. */
  readonly billedTokens: number | null
  /** Tokens of o200k_base, whatever the model's own tokenizer is: the unit for comparisons across providers. */
  readonly o200kTokens: number
  /** Unicode code points. */
  readonly characters: number
}

/** The same per second; null where it is not known. */
export type Rates = { readonly [Unit in keyof Amounts]: number | null }

const UNKNOWN: Rates = { billedTokens: null, o200kTokens: null, characters: null }

/** All visible text ÷ the time of generation; null without visible text. */
export function visibleRates(text: readonly Delta[], amounts: Amounts, generateTime: number): Rates {
  return text.length === 0 ? UNKNOWN : perSecond(amounts, generateTime)
}

/**
 * Visible text after the first arrival ÷ (last arrival − first arrival). Deltas that came in the same read as the first
 * are left out with it: nothing says how long they took. The provider's tokens are split as the o200k_base tokens are
 * (docs/decisions/2026-11-24-decode-rate-share.md). Null when everything came at once.
 */
export function decodeRates(
  text: readonly Delta[],
  amounts: Amounts,
  countTokens: (text: string) => number,
): Rates {
  const first = text[0]
  const last = text.at(-1)
  if (first === undefined || last === undefined) return UNKNOWN
  const firstText = joinTexts(text.filter(({ atNs }) => atNs === first.atNs))
  const { billedTokens, o200kTokens, characters } = amounts
  const rest = Math.max(0, o200kTokens - countTokens(firstText))
  const after = {
    billedTokens: billedTokens === null ? null : billedTokens * (rest / o200kTokens),
    o200kTokens: rest,
    characters: characters - codePoints(firstText),
  }
  return perSecond(after, Number(last.atNs - first.atNs) / 1e9)
}

function perSecond({ billedTokens, o200kTokens, characters }: Amounts, seconds: number): Rates {
  if (seconds === 0) return UNKNOWN
  return {
    billedTokens: billedTokens === null ? null : billedTokens / seconds,
    o200kTokens: o200kTokens / seconds,
    characters: characters / seconds,
  }
}

/** Unicode code points of a text; an unpaired surrogate counts as one. */
export function codePoints(text: string): number {
  let count = 0
  for (const _ of text) count += 1
  return count
}
