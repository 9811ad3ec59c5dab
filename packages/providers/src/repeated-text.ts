/** Text that a stream says more than once: each part of it is kept once, at the moment at which it first came. Pure. */
import type { StampedEvent } from './events.ts'

/** Fewer deltas may begin alike by chance. */
const FEWEST_DELTAS = 4
/** A text of this length is not repeated whole by a model that goes on. */
const SHORTEST_REPEATED = 16

/**
 * The events with every text once. Some gateways send all of the text so far in each delta, some all of it in the last
 * one; closing events of Responses repeat it as `whole-text`, and what no delta had brought came with them. A `whole-text`
 * without any delta is left, as the sign of an answer that came whole.
 */
export function withoutRepeats(events: readonly StampedEvent[]): StampedEvent[] {
  const growing = new Set((['text', 'reasoning'] as const).filter((type) => isGrowing(events, type)))
  const sofar = { text: '', reasoning: '' }
  const counts = { text: 0, reasoning: 0 }
  return events.flatMap((event): StampedEvent[] => {
    if (event.type !== 'text' && event.type !== 'reasoning' && event.type !== 'whole-text') return [event]
    const type = event.type === 'reasoning' ? 'reasoning' : 'text'
    const before = sofar[type]
    if (event.type === 'whole-text' && before === '') return [event]
    const isWhole =
      event.type === 'whole-text' || growing.has(type) || repeats(event.text, before, counts[type])
    const added = isWhole ? addedBy(event.text, before) : event.text
    sofar[type] += added
    counts[type] += 1
    return added === '' ? [] : [{ type, text: added, atNs: event.atNs }]
  })
}

function repeats(text: string, before: string, deltas: number): boolean {
  return (
    deltas > 1 &&
    before.length >= SHORTEST_REPEATED &&
    text.length >= before.length &&
    text.startsWith(before)
  )
}

function addedBy(whole: string, before: string): string {
  return whole.startsWith(before) ? whole.slice(before.length) : ''
}

/** Whether each delta begins with all of the one before, and the last is more than the first. */
function isGrowing(events: readonly StampedEvent[], type: 'text' | 'reasoning'): boolean {
  let count = 0
  let first = ''
  let last = ''
  for (const event of events) {
    if (event.type !== type) continue
    if (count === 0) first = event.text
    else if (!event.text.startsWith(last)) return false
    last = event.text
    count += 1
  }
  return count >= FEWEST_DELTAS && last.length > first.length
}
