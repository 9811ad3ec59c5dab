import { Command } from 'commander'
import { enabled } from '../catalogue/transitions.ts'
import { readReason } from './arguments.ts'
import { changeEntry } from './change.ts'
import type { ModelsDependencies } from './dependencies.ts'
import { checkRules } from './id-rules.ts'

/** `models enable`: the model is measured again, whatever kept it out before. */
export const enableCommand = (dependencies: ModelsDependencies): Command =>
  new Command('enable')
    .arguments('<provider> <model-id>')
    .description('enable a model, whatever kept it out before')
    .option('--reason <text>', 'why, for the record', readReason)
    .option('--force', 'enable an id that breaks its provider’s rules, and keep that it was forced')
    .addHelpText('after', '\nExample:\n  models enable groq llama-3.1-8b-instant')
    .action((provider: string, modelId: string, options: { reason?: string; force?: boolean }) => {
      const model = { provider, modelId }
      const forced = checkRules([model], { force: options.force ?? false, warn: dependencies.warn })
      return changeEntry(dependencies, model, {
        action: 'enable',
        reason: options.reason ?? null,
        forced,
        done: 'enabled',
        enables: true,
        edit: (at) => (before) => enabled(before, at),
      })
    })
