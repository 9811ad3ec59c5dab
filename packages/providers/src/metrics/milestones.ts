/** The moments of a run, each in monotonic nanoseconds or null where it never came. Pure. */
import type { StampedEvent } from '../events.ts'
import { hasVisibleCharacter } from '../visible-text.ts'

export type Delta = { readonly atNs: bigint; readonly text: string }

export type Milestones = {
  readonly firstReasoningNs: bigint | null
  readonly firstTextNs: bigint | null
  readonly token48Ns: bigint | null
  readonly token64Ns: bigint | null
  readonly lastTextNs: bigint | null
  /** Last text or reasoning: the end of generation. */
  readonly lastContentNs: bigint | null
  readonly finishNs: bigint | null
}

/** The non-empty deltas of one kind in order of arrival. */
export function deltasOf(events: readonly StampedEvent[], type: 'text' | 'reasoning'): Delta[] {
  return events.flatMap((event) => (event.type === type ? [{ atNs: event.atNs, text: event.text }] : []))
}

/**
 * The deltas as a reader sees them: blank ones before the first visible character appear together with it, so they take
 * its moment. Empty when no visible character came.
 */
export function shownDeltas(deltas: readonly Delta[]): Delta[] {
  const first = firstVisible(deltas)
  return first === undefined
    ? []
    : deltas.map((delta, index) => (index < first.index ? { ...delta, atNs: first.atNs } : delta))
}

/** The delta that completes the first visible character, which may be the second half of a surrogate pair. */
function firstVisible(deltas: readonly Delta[]): { index: number; atNs: bigint } | undefined {
  let unpaired = ''
  for (const [index, { atNs, text }] of deltas.entries()) {
    if (hasVisibleCharacter(unpaired + text)) return { index, atNs }
    unpaired = text.slice(-1)
  }
  return undefined
}

/** Whether any text or reasoning of the stream can be seen: what ends the wait for the first token. */
export function holdsVisibleContent(events: readonly StampedEvent[]): boolean {
  return (['text', 'reasoning'] as const).some((type) => firstVisible(deltasOf(events, type)) !== undefined)
}

/** The milestones of a stream. `countTokens` counts o200k_base tokens of a text. */
export function findMilestones(
  events: readonly StampedEvent[],
  countTokens: (text: string) => number,
): Milestones {
  const text = shownDeltas(deltasOf(events, 'text'))
  const content = events.filter(({ type }) => type === 'text' || type === 'reasoning')
  return {
    firstReasoningNs: firstVisible(deltasOf(events, 'reasoning'))?.atNs ?? null,
    firstTextNs: text[0]?.atNs ?? null,
    token48Ns: reach(text, 48, countTokens),
    token64Ns: reach(text, 64, countTokens),
    lastTextNs: text.at(-1)?.atNs ?? null,
    lastContentNs: content.at(-1)?.atNs ?? null,
    finishNs: events.find(({ type }) => type === 'finish')?.atNs ?? null,
  }
}

/**
 * The arrival of the delta with which the text so far reaches that many tokens. The count of a growing text can only
 * dip where a token straddles a delta, so the delta is found by doubling and bisection, without counting at each one.
 */
function reach(
  deltas: readonly Delta[],
  tokens: number,
  countTokens: (text: string) => number,
): bigint | null {
  const reached = (length: number): boolean => countTokens(joinTexts(deltas.slice(0, length))) >= tokens
  let high = 1
  while (high < deltas.length && !reached(high)) high *= 2
  high = Math.min(high, deltas.length)
  if (high === 0 || !reached(high)) return null
  let low = high >> 1
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (reached(middle)) high = middle
    else low = middle
  }
  return deltas[high - 1]?.atNs ?? null
}

/** The text of the deltas. */
export function joinTexts(deltas: readonly Delta[]): string {
  return deltas.map(({ text }) => text).join('')
}
