/** What a finished or unfinished stream amounts to (docs/measurement.md, outcomes). Pure. */
import type { StampedEvent } from './events.ts'
import type { FinishReason, Outcome } from './result.ts'
import { hasVisibleCharacter } from './visible-text.ts'

/** How a stream ended, as far as its own events tell. */
export type StreamEnd = {
  /** The last finish marker: a stream may name an intermediate one before more text, or repeat it. */
  readonly finish: {
    readonly reason: FinishReason
    readonly word: string | null
    readonly atNs: bigint
  } | null
  /** When the wire format's own end mark came, after all content. */
  readonly terminatorNs: bigint | null
  /** A finish marker was seen and no content came after it: only then is the answer whole. */
  readonly endedWell: boolean
  /** Content came after an earlier finish marker, so that the last one is no proof by itself. */
  readonly isDoubtful: boolean
}

/** The end of a stream. What its connection does after a good one no longer concerns the measurement. */
export function findStreamEnd(events: readonly StampedEvent[]): StreamEnd {
  const lastContent = events.findLastIndex(isVisibleContent)
  const lastFinish = events.findLastIndex(({ type }) => type === 'finish')
  const finish = events[lastFinish]
  const terminator = events.findLast(({ type }, index) => type === 'terminator' && index > lastContent)
  return {
    finish:
      finish?.type === 'finish' ? { reason: finish.reason, word: finish.word, atNs: finish.atNs } : null,
    terminatorNs: terminator?.atNs ?? null,
    endedWell: lastFinish >= 0 && lastFinish > lastContent,
    isDoubtful: events.slice(0, Math.max(0, lastContent)).some(({ type }) => type === 'finish'),
  }
}

function isVisibleContent(event: StampedEvent): boolean {
  return (event.type === 'text' || event.type === 'reasoning') && hasVisibleCharacter(event.text)
}

/** The outcome of a stream that ended without an error. */
export function judgeOutcome(
  events: readonly StampedEvent[],
  { finish, endedWell }: StreamEnd,
  visibleText: string,
): Outcome {
  const blank = !hasVisibleCharacter(visibleText)
  if (finish === null || !endedWell) return 'truncated'
  if (finish.reason === 'content_filter' || events.some(({ type }) => type === 'refusal')) return 'refused'
  if (finish.reason === 'error') return 'error'
  if (finish.reason === 'length') return blank ? 'budget_exhausted' : 'length'
  return blank ? 'empty' : 'completed'
}
