import { WorkFault } from '../errors.ts'
import type { ModelChange, ModelEdit, ModelRef } from '../store/store.ts'
import type { ModelsDependencies } from './dependencies.ts'
import { enabledSpelling, otherSpellings } from './id-rules.ts'

type Edit = Pick<ModelChange, 'action' | 'reason' | 'forced'> & {
  /** How it is told: "disabled groq a". */
  readonly done: string
  /** Whether the entry is enabled by it, so that no other spelling may be. */
  readonly enables?: boolean
  /** What the fields are to be, given the moment of the change. */
  readonly edit: (at: Date) => ModelEdit
}

/** Changes one entry and says so. Throws `WorkFault` where it cannot be done. */
export async function changeEntry(
  { store, actor, now, print }: ModelsDependencies,
  model: ModelRef,
  { action, reason, forced, done, enables, edit }: Edit,
): Promise<void> {
  await store.prepare()
  const at = now()
  const name = `${model.provider} ${model.modelId}`
  const others = await store.listModels(model.provider)
  const spelling = enables === true ? enabledSpelling(others, model, at) : null
  if (spelling !== null) throw clash(name, spelling)
  const change = { action, at, actor, reason, forced: forced ?? false }
  const outcome = await store.changeModel(model, edit(at), change)
  if (outcome === 'clash') throw clash(name, null)
  if (outcome === 'missing') {
    const near = otherSpellings(others, model)
    const hint = near.length === 0 ? '' : `; it has ${near.join(', ')}`
    throw new WorkFault(`${name} is not in the catalogue${hint}`)
  }
  print(outcome === 'changed' ? `${done} ${name}` : `${name} is as it was`)
}

const clash = (name: string, spelling: string | null): WorkFault =>
  new WorkFault(
    `Another spelling of ${name} is enabled already${spelling === null ? '' : `: ${spelling}`}; disable that one first`,
  )
