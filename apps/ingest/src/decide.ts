import { modelKey, stateOf } from './catalogue/entry.ts'
import { ranUnpublished } from './catalogue/unpublished-times.ts'
import { chosenProfile } from './documents/publication.ts'
import {
  modelName,
  PUBLISHED,
  UNPUBLISHED,
  type CatalogueDocument,
  type ErrorRow,
  type ResultRow,
  type Store,
  type WriteOutcome,
  type WriteVerdict,
} from './store/store.ts'

/** What a sender is told of one document. `undecided` is never told: it becomes a 503. */
export type Decision =
  | { readonly verdict: WriteVerdict }
  | { readonly verdict: 'rejected'; readonly code: RejectionCode; readonly reason: string }

type ModelCode = 'model_unknown' | 'model_disabled' | 'model_deprecated'
type RejectionCode = ModelCode | 'refused_by_store'

/** Whether the row is in. A duplicate counts as well: whoever wrote it may have stopped before its bookkeeping. */
export const isStored = (decision: Decision | undefined): boolean =>
  decision?.verdict === 'created' || decision?.verdict === 'duplicate'

const REASONS: Record<ModelCode, string> = {
  model_unknown: 'The catalogue has no such model of this provider',
  model_disabled: 'The model is disabled in the catalogue',
  model_deprecated: 'The model is deprecated in the catalogue',
}

/**
 * Stores the results whose model is in the catalogue and active; one decision per row, in order. What comes of a
 * candidate, or of a disabled model whose recheck is or was due, is kept and never published. A result that is in
 * already stays `duplicate` when its model has been disabled since: the sender only lost our answer.
 */
export async function decideResults(store: Store, rows: readonly ResultRow[]): Promise<Decision[]> {
  const admissions = await findAdmissions(store, rows)
  const decisions: Decision[] = rows.map(() => ({ verdict: 'undecided' }))

  const admitted = rows.flatMap((_, index) => (isAdmitted(admissions[index]!) ? [index] : []))
  const refused = rows.flatMap((_, index) => (isAdmitted(admissions[index]!) ? [] : [index]))
  const written = await ofAny(
    admitted.map((index) => placed(rows[index]!, admissions[index]!)),
    store.writeResults,
  )
  const recalled = await ofAny(
    refused.map((index) => rows[index]!),
    store.recallResults,
  )
  admitted.forEach((index, at) => {
    decisions[index] = decisionOf(written[at]!)
  })
  refused.forEach((index, at) => {
    const known = recalled[at] ?? null
    const code = admissions[index] as ModelCode
    decisions[index] =
      known === null ? { verdict: 'rejected', code, reason: REASONS[code] } : { verdict: known }
  })
  return decisions
}

/** Stores failed attempts; a report is taken whatever the catalogue says of its model. */
export async function decideErrors(store: Store, rows: readonly ErrorRow[]): Promise<Decision[]> {
  return (await ofAny(rows, store.writeErrors)).map(decisionOf)
}

/** The store is not asked about nothing: it would take its turn in the queue of writers for it. */
const ofAny = <Row, Outcome>(
  rows: readonly Row[],
  ask: (rows: readonly Row[]) => Promise<Outcome[]>,
): Promise<Outcome[]> => (rows.length === 0 ? Promise.resolve([]) : ask(rows))

/** A permanent refusal by the database is a verdict, or the sender would resend the document for ever. */
const decisionOf = (outcome: WriteOutcome): Decision =>
  typeof outcome === 'string'
    ? { verdict: outcome }
    : {
        verdict: 'rejected',
        code: 'refused_by_store',
        reason: `The database permanently refuses this document: ${outcome.refused}`,
      }

/** `probe`: stored, but never among what is published. `chosen`: published under the profile that the entry chose. */
type Admission = 'publish' | 'chosen' | 'probe' | ModelCode

const ADMITTED: readonly Admission[] = ['chosen', 'publish', 'probe']

const isAdmitted = (admission: Admission): boolean => ADMITTED.includes(admission)

function placed(row: ResultRow, admission: Admission): ResultRow {
  if (admission === 'probe') return { ...row, collection: UNPUBLISHED }
  return admission === 'chosen' ? { ...row, collection: PUBLISHED } : row
}

async function findAdmissions(store: Store, rows: readonly ResultRow[]): Promise<Admission[]> {
  const now = rows[0]?.receivedAt
  if (now === undefined) return []
  const wanted = new Map(rows.map((row) => [modelName(row.model), row.model]))
  const found = new Map<string, CatalogueDocument[]>()
  for (const document of await store.findModels([...wanted.values()])) {
    const name = modelKey(document)
    found.set(name, [...(found.get(name) ?? []), document])
  }
  return rows.map((row) => {
    const admissions = (found.get(modelName(row.model)) ?? []).map((entry) => admissionOf(entry, row, now))
    // Nothing keeps people from writing an entry twice; the one that admits the most counts.
    return admissions.sort((left, right) => rank(left) - rank(right))[0] ?? 'model_unknown'
  })
}

function admissionOf(document: CatalogueDocument, row: ResultRow, now: Date): Admission {
  const state = stateOf(document, now)
  if (state === 'probe' || state === 'recheck' || ranUnpublished(document, row.at)) return 'probe'
  if (state !== 'enabled') return `model_${state}`
  const chosen = chosenProfile(document)
  return chosen !== null && row.publishedIfChosen === chosen ? 'chosen' : 'publish'
}

/** What admits the most comes first. */
const rank = (admission: Admission): number =>
  isAdmitted(admission) ? ADMITTED.indexOf(admission) : ADMITTED.length
