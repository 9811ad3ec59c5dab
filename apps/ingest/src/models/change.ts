import { UsageFault, WorkFault } from '../errors.ts'
import type { ModelChange, ModelRef, StoredDocument } from '../store/store.ts'
import type { ModelsDependencies } from './dependencies.ts'

type Edit = {
  readonly action: ModelChange['action']
  readonly reason: string
  /** What the fields are to be, given the moment of the change. */
  readonly set: (at: Date) => StoredDocument
}

/** Changes one entry and says so. Throws `UsageFault` without a reason, `WorkFault` where it cannot be done. */
export async function changeEntry(
  { store, actor, now, print }: ModelsDependencies,
  model: ModelRef,
  { action, reason, set }: Edit,
): Promise<void> {
  if (reason.trim() === '') throw new UsageFault('--reason must say why')
  await store.prepare()
  const at = now()
  const name = `${model.provider} ${model.modelId}`
  const outcome = await store.changeModel(model, set(at), { action, at, actor, reason })
  if (outcome === 'missing') throw new WorkFault(`${name} is not in the catalogue`)
  if (outcome === 'clash') throw new WorkFault(`Another spelling of ${name} is enabled already`)
  print(`${action}d ${name}`)
}
