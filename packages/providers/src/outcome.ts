/** What a finished or unfinished stream amounts to (docs/measurement.md, outcomes). Pure. */
import type { StampedEvent } from './events.ts'
import type { FinishReason, Outcome } from './result.ts'
import { hasVisibleCharacter } from './visible-text.ts'

export type Verdict = { readonly outcome: Outcome; readonly finish: FinishReason | null }

/** The outcome of a stream that ended without an error. */
export function judgeOutcome(events: readonly StampedEvent[], visibleText: string): Verdict {
  const finish = lastFinish(events)
  const blank = !hasVisibleCharacter(visibleText)
  const refused = events.some(({ type }) => type === 'refusal')
  if (finish === null) return { outcome: 'truncated', finish }
  if (finish === 'content_filter' || refused) return { outcome: 'refused', finish }
  if (finish === 'error') return { outcome: 'error', finish }
  if (finish === 'length') return { outcome: blank ? 'budget_exhausted' : 'length', finish }
  return { outcome: blank ? 'empty' : 'completed', finish }
}

/** The last finish: a stream may name an intermediate one before more text, or repeat it. */
function lastFinish(events: readonly StampedEvent[]): FinishReason | null {
  const event = events.findLast(({ type }) => type === 'finish')
  return event?.type === 'finish' ? event.reason : null
}
