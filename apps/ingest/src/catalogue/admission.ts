import { wouldBePublished } from '../documents/publication.ts'
import type { StoredRun } from '../store/store.ts'

/** One success is no admission: so many, in so many different hours. */
const SUCCESSES = 3
const HOURS = 3
const HOUR_MS = 3_600_000

export type Admission = {
  readonly successes: number
  readonly hours: number
  /** What still stands in the way, in sentences; empty for a candidate that has earned its place. */
  readonly missing: readonly string[]
}

/** What the runs of a candidate say for it. A success is a run that would be published but for its model's state. */
export function admissionOf(runs: readonly StoredRun[], published: ReadonlySet<string>): Admission {
  const good = runs.filter((run) => run.kind === 'result' && wouldBePublished(run.document, published))
  const successes = good.length
  const hours = new Set(good.map((run) => Math.floor(run.at.getTime() / HOUR_MS))).size
  const missing: string[] = []
  if (successes < SUCCESSES) missing.push(`${successes} of ${SUCCESSES} successes`)
  if (hours < HOURS) missing.push(`successes in ${hours} of ${HOURS} different hours`)
  const [last] = runs
  if (missing.length > 0 && last !== undefined) missing.push(`the last run was ${describeRun(last)}`)
  if (runs.length === 0) missing.push('no runner has tried it yet')
  return { successes, hours, missing }
}

/** A run in a few words: its outcome or what failed. */
export function describeRun({ kind, document }: StoredRun): string {
  if (kind === 'result') return typeof document['outcome'] === 'string' ? document['outcome'] : 'a result'
  return `a failure (${String(document['error_kind'])}): ${String(document['message']).slice(0, 200)}`
}
