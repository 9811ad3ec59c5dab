import { Command } from 'commander'
import { changeEntry } from './change.ts'
import type { ModelsDependencies } from './dependencies.ts'

/** `models deprecate`: the model is measured no more and shown as superseded. */
export const deprecateCommand = (dependencies: ModelsDependencies): Command =>
  new Command('deprecate')
    .arguments('<provider> <model-id>')
    .description('deprecate a model')
    .requiredOption('--reason <text>', 'why, for the record')
    .action((provider: string, modelId: string, { reason }: { reason: string }) =>
      changeEntry(
        dependencies,
        { provider, modelId },
        { action: 'deprecate', reason, set: () => ({ deprecated: true }) },
      ),
    )
