import { Command } from 'commander'
import { changeEntry } from './change.ts'
import type { ModelsDependencies } from './dependencies.ts'

/** `models enable`: the model is measured again, whatever kept it out before. */
export const enableCommand = (dependencies: ModelsDependencies): Command =>
  new Command('enable')
    .arguments('<provider> <model-id>')
    .description('enable a model')
    .requiredOption('--reason <text>', 'why, for the record')
    .action((provider: string, modelId: string, { reason }: { reason: string }) =>
      changeEntry(
        dependencies,
        { provider, modelId },
        {
          action: 'enable',
          reason,
          set: () => ({
            enabled: true,
            deprecated: false,
            disabled_reason: null,
            disabled_at: null,
            disabled_class: null,
            recheck_after: null,
          }),
        },
      ),
    )
