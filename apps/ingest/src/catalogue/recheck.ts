import { wouldBePublished } from '../documents/publication.ts'
import type { StoredRun } from '../store/store.ts'
import { describeRun } from './admission.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
/** A slot's second attempt and its delivery are over by then. */
const SETTLED_MS = 10 * MINUTE_MS
/** When a disabled model is looked at again: soon where it answers, so that this stays true; else with patience. */
const ANSWERING_MS = DAY_MS
const FAILING_MS = 7 * DAY_MS

export type ClosedRecheck = {
  readonly result: 'answers' | 'fails'
  readonly next: Date
  readonly reason: string
}

/**
 * What the runs since a recheck fell due, the newest first, say of the model; null while they say nothing yet. One that
 * nobody tries makes room for the next after a while.
 */
export function recheckOf(
  runs: readonly StoredRun[],
  published: ReadonlySet<string>,
  { since, now }: { readonly since: Date; readonly now: Date },
): ClosedRecheck | null {
  const [last] = runs
  const first = runs.at(-1)
  if (last === undefined || first === undefined) {
    if (now.getTime() - since.getTime() < FAILING_MS) return null
    const next = new Date(now.getTime() + FAILING_MS)
    return { result: 'fails', next, reason: 'no runner has tried it in a week' }
  }
  if (now.getTime() - first.at.getTime() < SETTLED_MS) return null
  if (runs.some((run) => run.kind === 'result' && wouldBePublished(run.document, published))) {
    return { result: 'answers', next: new Date(now.getTime() + ANSWERING_MS), reason: 'it answers again' }
  }
  const reason = `still no good run; the last was ${describeRun(last)}`
  return { result: 'fails', next: new Date(now.getTime() + FAILING_MS), reason }
}
