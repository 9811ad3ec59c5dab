import { Command } from 'commander'
import { changeEntry } from './change.ts'
import type { ModelsDependencies } from './dependencies.ts'

/** `models disable`: the model leaves the worklist, its history stays. */
export const disableCommand = (dependencies: ModelsDependencies): Command =>
  new Command('disable')
    .arguments('<provider> <model-id>')
    .description('disable a model')
    .requiredOption('--reason <text>', 'why, for the record')
    .action((provider: string, modelId: string, { reason }: { reason: string }) =>
      changeEntry(
        dependencies,
        { provider, modelId },
        {
          action: 'disable',
          reason,
          set: (at) => ({
            enabled: false,
            disabled_reason: reason,
            disabled_at: at,
            disabled_class: 'manual',
          }),
        },
      ),
    )
