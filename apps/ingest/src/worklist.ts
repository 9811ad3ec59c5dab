import { checkEntryId, type ModelIdVerdict } from '@llmbench/providers/model-id'
import {
  compareText,
  displayNameOf,
  instantOf,
  quirksOf,
  stateOf,
  type EntryState,
} from './catalogue/entry.ts'
import type { CatalogueDocument } from './store/store.ts'

export type RejectedModel = {
  readonly provider: string
  readonly model_id: string
  readonly reason: string
  readonly suggestion: string | null
}

/** What a catalogue document says at any time. */
export type WorklistEntry = {
  readonly document: CatalogueDocument
  readonly provider: string
  readonly modelId: string
  readonly displayName: string
  /** Null where it depends on the time. */
  readonly state: EntryState | null
  readonly verdict: ModelIdVerdict
  /** Its id and its quirks as a member of a JSON object. */
  readonly metadata: string
}

export type Worklist = {
  /** Enabled models. */
  readonly models: readonly string[]
  /** Candidates, and disabled models whose recheck is due: measured too, and never published. */
  readonly probes: readonly string[]
  /** Those and these, in one order. */
  readonly entries: readonly WorklistEntry[]
  readonly rejected: readonly RejectedModel[]
  /** When the next recheck falls due, so that the list is another one; null for never. */
  readonly validUntil: Date | null
}

/** Rechecks offered at a time: many old dates must not fill a runner's cycle. */
const MAX_RECHECKS = 10

/** The models to measure, out of catalogue documents that people may have written by hand. */
export const buildWorklist = (documents: readonly CatalogueDocument[], now: Date): Worklist =>
  listEntries(sortEntries(readEntries(documents)), now)

/** For states that are the same at any time. */
const ALWAYS = new Date(0)

/** The entries that documents make; one without a name makes none. */
export const readEntries = (documents: readonly CatalogueDocument[]): WorklistEntry[] =>
  documents.flatMap((document) => {
    const { provider, model_id: modelId } = document
    if (typeof provider !== 'string' || typeof modelId !== 'string') return []
    const verdict = checkEntryId(provider, modelId, document['accept_id'])
    const metadata = `${JSON.stringify(modelId)}:${JSON.stringify(quirksOf(document))}`
    const state = document['recheck_after'] == null ? stateOf(document, ALWAYS) : null
    const displayName = displayNameOf(document)
    return [{ document, provider, modelId, displayName, state, verdict, metadata }]
  })

/** The same array in the order of a worklist: by display name, then id. */
export const sortEntries = (entries: WorklistEntry[]): WorklistEntry[] =>
  entries.sort(
    (left, right) =>
      compareText(left.displayName, right.displayName) || compareText(left.modelId, right.modelId),
  )

/** The worklist of sorted entries. Ids that cannot work are named, not run. */
export function listEntries(entries: readonly WorklistEntry[], now: Date): Worklist {
  const rejected: RejectedModel[] = []
  const active: Active[] = []
  let validUntil: Date | null = null
  for (const entry of entries) {
    const state = entry.state ?? stateOf(entry.document, now)
    if (entry.state === null && state === 'disabled')
      validUntil = earlier(validUntil, instantOf(entry.document['recheck_after']))
    if (state === 'disabled' || state === 'deprecated') continue
    if (entry.verdict.valid) active.push({ entry, state })
    else rejected.push(rejectedOf(entry, entry.verdict))
  }
  const models: string[] = []
  const probes: string[] = []
  const listed: WorklistEntry[] = []
  for (const { entry, state } of withinRechecks(withoutTwins(active))) {
    listed.push(entry)
    if (state === 'enabled') models.push(entry.modelId)
    else probes.push(entry.modelId)
  }
  rejected.sort((left, right) => compareText(left.model_id, right.model_id))
  return { models, probes, entries: listed, rejected, validUntil }
}

type Active = { readonly entry: WorklistEntry; readonly state: EntryState }

const rejectedOf = (
  { provider, modelId }: WorklistEntry,
  { reason, suggestion }: Exclude<ModelIdVerdict, { valid: true }>,
): RejectedModel => ({ provider, model_id: modelId, reason, suggestion })

const earlier = (left: Date | null, right: Date | null): Date | null =>
  left === null || (right !== null && right < left) ? right : left

/** Of two documents for one id the enabled one counts, whichever comes first. */
function withoutTwins(active: readonly Active[]): readonly Active[] {
  const ids = active.map(({ entry }) => entry.modelId)
  if (new Set(ids).size === ids.length) return active
  const chosen = new Map<string, Map<string, Active>>()
  for (const one of active) {
    const { provider, modelId } = one.entry
    const known = chosen.get(provider) ?? new Map<string, Active>()
    chosen.set(provider, known)
    if (one.state === 'enabled' || !known.has(modelId)) known.set(modelId, one)
  }
  return active.filter((one) => chosen.get(one.entry.provider)?.get(one.entry.modelId) === one)
}

/** All but the rechecks beyond the first few, the longest due first. */
function withinRechecks(listed: readonly Active[]): readonly Active[] {
  const dueAt = ({ entry }: Active): number => Number(instantOf(entry.document['recheck_after']))
  const due = listed.filter(({ state }) => state === 'recheck')
  if (due.length <= MAX_RECHECKS) return listed
  const later = new Set(due.sort((left, right) => dueAt(left) - dueAt(right)).slice(MAX_RECHECKS))
  return listed.filter((one) => !later.has(one))
}
