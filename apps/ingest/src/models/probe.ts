import { Command } from 'commander'
import { stateOf } from '../catalogue/entry.ts'
import { candidate } from '../catalogue/transitions.ts'
import { WorkFault } from '../errors.ts'
import type { ModelRef } from '../store/store.ts'
import { addEntries } from './add.ts'
import { readNewModel, readReason } from './arguments.ts'
import { changeEntry } from './change.ts'
import type { ModelsDependencies } from './dependencies.ts'
import { checkRules } from './id-rules.ts'

type ProbeOptions = { reason?: string; force?: boolean }

/** `models probe`: a candidate, measured and not published until it is promoted. */
export const probeCommand = (dependencies: ModelsDependencies): Command =>
  new Command('probe')
    .arguments('<provider> <model-id...>')
    .description('make models candidates: measured, not published, until they are promoted')
    .option('--reason <text>', 'why, for the record', readReason)
    .option('--force', 'take an id that breaks its provider’s rules, and keep that it was forced')
    .addHelpText('after', '\nExample:\n  models probe groq new-model\n  models promote groq new-model')
    .action(async (provider: string, ids: string[], options: ProbeOptions) => {
      const models = ids.map((id) => readNewModel(provider, id))
      const forced = checkRules(models, { force: options.force ?? false, warn: dependencies.warn })
      for (const model of models) await probe(dependencies, model, { reason: options.reason ?? null, forced })
    })

async function probe(
  dependencies: ModelsDependencies,
  model: ModelRef,
  { reason, forced }: { readonly reason: string | null; readonly forced: boolean },
): Promise<void> {
  const { store, now } = dependencies
  await store.prepare()
  if ((await store.findModels([model])).length === 0) {
    const entry = { ...model, displayName: model.modelId, quirks: {}, state: candidate(now()) }
    return await addEntries(dependencies, [entry], { action: 'probe', reason, forced })
  }
  return await changeEntry(dependencies, model, {
    action: 'probe',
    reason,
    forced,
    done: 'candidate',
    edit: (at) => (before) => {
      if (stateOf(before, at) !== 'enabled') return candidate(at)
      throw new WorkFault(`${model.provider} ${model.modelId} is enabled: a candidate is not`)
    },
  })
}
