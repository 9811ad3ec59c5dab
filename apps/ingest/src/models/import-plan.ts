import { stateOf } from '../catalogue/entry.ts'
import { quirkFaults } from '../catalogue/quirks.ts'
import { canonicalJson } from '../json/canonical.ts'
import type { CatalogueDocument, ModelEdit, NewModel, StoredDocument } from '../store/store.ts'
import { refusal } from './id-rules.ts'
import type { ImportEntry } from './import-entries.ts'

export type Step = {
  readonly step: 'add' | 'change' | 'same' | 'refused'
  readonly provider: string
  readonly model_id: string
  /** Which fields change, or why it is refused. */
  readonly why: string
  readonly forced: boolean
  readonly entry: {
    readonly asNew: Omit<NewModel, 'provider' | 'modelId'>
    readonly changes: ModelEdit
  }
}

type Planning = { readonly force: boolean; readonly now: Date }

/** What bringing in each entry would mean, in the order of the file. */
export function planImport(
  entries: readonly ImportEntry[],
  known: readonly CatalogueDocument[],
  planning: Planning,
): Step[] {
  const byName = new Map(
    known.map((document) => [nameOf(document['provider'], document['model_id']), document]),
  )
  const enabled = new Map(
    known
      .filter((document) => stateOf(document, planning.now) === 'enabled')
      .map((document) => [
        foldedOf(document['provider'], document['model_id']),
        String(document['model_id']),
      ]),
  )
  const taken = new Set<string>()
  return entries.map((entry) => {
    const { provider, modelId } = entry
    const name = nameOf(provider, modelId)
    if (taken.has(name)) return stepOf(entry, 'refused', 'it stands in the file twice', false)
    taken.add(name)
    const before = byName.get(name)
    const step = planOne(entry, before, enabled.get(foldedOf(provider, modelId)), planning)
    const after = stateOf({ ...before, enabled: before === undefined, ...entry.fields }, planning.now)
    if (step.step !== 'refused' && after === 'enabled') enabled.set(foldedOf(provider, modelId), modelId)
    return step
  })
}

function planOne(
  entry: ImportEntry,
  before: CatalogueDocument | undefined,
  spelling: string | undefined,
  { force, now }: Planning,
): Step {
  const { provider, modelId, fields } = entry
  const changes = changesOf(before ?? {}, fields)
  if (before !== undefined && changes === null) return stepOf(entry, 'same', '', false)
  const [fault] = quirkFaults(provider, fields)
  if (fault !== undefined) return stepOf(entry, 'refused', fault, false)
  const enables = stateOf({ enabled: before === undefined, ...before, ...fields }, now) === 'enabled'
  const broken = enables ? refusal({ provider, modelId }) : null
  if (broken !== null && !force) return stepOf(entry, 'refused', broken, false)
  if (enables && spelling !== undefined && spelling !== modelId)
    return stepOf(entry, 'refused', `another spelling is enabled already: ${spelling}`, false)
  if (before === undefined) return stepOf(entry, 'add', '', broken !== null)
  return stepOf(entry, 'change', Object.keys(changes ?? {}).join(', '), broken !== null)
}

function stepOf(
  { provider, modelId, fields }: ImportEntry,
  step: Step['step'],
  why: string,
  forced: boolean,
): Step {
  const { display_name: name, ...state } = fields
  const displayName = typeof name === 'string' ? name : modelId
  const asNew = { displayName, quirks: {}, state }
  const edit: ModelEdit = (before) => changesOf(before, fields)
  return { step, provider, model_id: modelId, why, forced, entry: { asNew, changes: edit } }
}

/** The fields that differ, as JSON tells them apart; null for none. When an entry was made is not made anew. */
function changesOf(before: CatalogueDocument, fields: StoredDocument): StoredDocument | null {
  const differing = Object.entries(fields).filter(
    ([key, value]) => key !== 'created_at' && textOf(before[key]) !== textOf(value),
  )
  return differing.length === 0 ? null : Object.fromEntries(differing)
}

const textOf = (value: unknown): string =>
  value == null ? 'null' : canonicalJson(JSON.parse(JSON.stringify(value)))

const nameOf = (provider: unknown, modelId: unknown): string => `${String(provider)}\n${String(modelId)}`
const foldedOf = (provider: unknown, modelId: unknown): string => nameOf(provider, modelId).toLowerCase()
