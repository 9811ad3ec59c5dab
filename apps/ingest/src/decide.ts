import type { ErrorRow, ModelRef, ResultRow, Store, WriteVerdict } from './store/store.ts'

/** What a sender is told of one document. `undecided` is never told: it becomes a 503. */
export type Decision =
  | { readonly verdict: WriteVerdict }
  | { readonly verdict: 'rejected'; readonly code: RejectionCode; readonly reason: string }

type RejectionCode = 'model_unknown' | 'model_disabled' | 'model_deprecated'

/** Whether the row is in. A duplicate counts as well: whoever wrote it may have stopped before its bookkeeping. */
export const isStored = (decision: Decision | undefined): boolean =>
  decision?.verdict === 'created' || decision?.verdict === 'duplicate'

const REASONS: Record<RejectionCode, string> = {
  model_unknown: 'The catalogue has no such model of this provider',
  model_disabled: 'The model is disabled in the catalogue',
  model_deprecated: 'The model is deprecated in the catalogue',
}

/**
 * Stores the results whose model is in the catalogue and active; one decision per row, in order. A result that is in
 * already stays `duplicate` when its model has been disabled since: the sender only lost our answer.
 */
export async function decideResults(store: Store, rows: readonly ResultRow[]): Promise<Decision[]> {
  const rejections = await findRejections(store, rows)
  const decisions: Decision[] = rows.map(() => ({ verdict: 'undecided' }))

  const admitted = rows.flatMap((_, index) => (rejections[index] === null ? [index] : []))
  const refused = rows.flatMap((_, index) => (rejections[index] === null ? [] : [index]))
  const written = await store.writeResults(admitted.map((index) => rows[index]!))
  const recalled = await store.recallResults(refused.map((index) => rows[index]!))
  admitted.forEach((index, at) => {
    decisions[index] = { verdict: written[at]! }
  })
  refused.forEach((index, at) => {
    const known = recalled[at] ?? null
    const code = rejections[index]!
    decisions[index] =
      known === null ? { verdict: 'rejected', code, reason: REASONS[code] } : { verdict: known }
  })
  return decisions
}

/** Stores failed attempts; a report is taken whatever the catalogue says of its model. */
export async function decideErrors(store: Store, rows: readonly ErrorRow[]): Promise<Decision[]> {
  return (await store.writeErrors(rows)).map((verdict) => ({ verdict }))
}

async function findRejections(store: Store, rows: readonly ResultRow[]): Promise<(RejectionCode | null)[]> {
  const wanted = new Map(rows.map((row) => [nameOf(row.model), row.model]))
  const states = new Map<string, RejectionCode | null>()
  for (const document of await store.findModels([...wanted.values()])) {
    const name = nameOf({ provider: String(document['provider']), modelId: String(document['model_id']) })
    // Nothing keeps people from writing an entry twice; one that is active is enough.
    if (states.get(name) !== null) states.set(name, rejectionOf(document))
  }
  return rows.map((row) => {
    const state = states.get(nameOf(row.model))
    return state === undefined ? 'model_unknown' : state
  })
}

function rejectionOf(document: Readonly<Record<string, unknown>>): RejectionCode | null {
  if (document['deprecated'] === true) return 'model_deprecated'
  return document['enabled'] === true ? null : 'model_disabled'
}

const nameOf = ({ provider, modelId }: ModelRef): string => `${provider}\n${modelId}`
