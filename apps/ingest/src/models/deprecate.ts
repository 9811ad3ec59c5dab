import { Command } from 'commander'
import { deprecated } from '../catalogue/transitions.ts'
import { UsageFault } from '../errors.ts'
import { readReason } from './arguments.ts'
import { changeEntry } from './change.ts'
import type { ModelsDependencies } from './dependencies.ts'

type DeprecateOptions = { reason: string; successor?: string }

/** `models deprecate`: the model is measured no more and shown as superseded. */
export const deprecateCommand = (dependencies: ModelsDependencies): Command =>
  new Command('deprecate')
    .arguments('<provider> <model-id>')
    .description('deprecate a model: measured no more, its history stays')
    .requiredOption('--reason <text>', 'why, for the record', readReason)
    .option('--successor <model-id>', 'the model of the same provider that takes its place')
    .addHelpText(
      'after',
      '\nExample:\n  models deprecate groq llama3-8b-8192 --reason "retired" --successor llama-3.1-8b-instant',
    )
    .action(async (provider: string, modelId: string, { reason, successor }: DeprecateOptions) => {
      const model = { provider, modelId }
      await checkSuccessor(dependencies, modelId, { provider, modelId: successor })
      await changeEntry(dependencies, model, {
        action: 'deprecate',
        reason,
        done: 'deprecated',
        edit: (at) => (before) => deprecated(before, at, successor ?? null),
      })
    })

async function checkSuccessor(
  { store }: ModelsDependencies,
  modelId: string,
  successor: { readonly provider: string; readonly modelId: string | undefined },
): Promise<void> {
  if (successor.modelId === undefined) return
  const { provider, modelId: id } = successor
  if (id === modelId) throw new UsageFault(`--successor "${id}" must be another model`)
  await store.prepare()
  const found = await store.findModels([{ provider, modelId: id }])
  if (found.length === 0)
    throw new UsageFault(`--successor "${id}" must be a model in the catalogue of ${provider}`)
}
