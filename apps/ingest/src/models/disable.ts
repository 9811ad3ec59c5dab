import { Command, InvalidArgumentError } from 'commander'
import { disabled } from '../catalogue/transitions.ts'
import { UsageFault } from '../errors.ts'
import { readMoment, readReason } from './arguments.ts'
import { changeEntry } from './change.ts'
import type { ModelsDependencies } from './dependencies.ts'

type DisableOptions = { reason: string; class: string; recheckAfter?: string }

/** `models disable`: the model leaves the worklist, its history stays. */
export const disableCommand = (dependencies: ModelsDependencies): Command =>
  new Command('disable')
    .arguments('<provider> <model-id>')
    .description('disable a model; its history stays')
    .requiredOption('--reason <text>', 'why, for the record', readReason)
    .option('--class <word>', 'what kind of reason: manual, billing, auth, hard_model …', readClass, 'manual')
    .option('--recheck-after <time>', 'when it is to be tried again: 30d, 2027-01-31, an ISO time')
    .addHelpText(
      'after',
      `
Once the recheck is due runners try the model again; its rows are never published, and "models check" says whether it
answers.

Example:
  models disable bedrock us.amazon.nova-pro-v1:0 --reason "no entitlement" --class auth --recheck-after 30d`,
    )
    .action((provider: string, modelId: string, options: DisableOptions) => {
      const recheckAfter = readRecheck(options.recheckAfter, dependencies.now())
      return changeEntry(
        dependencies,
        { provider, modelId },
        {
          action: 'disable',
          reason: options.reason,
          done: 'disabled',
          edit: (at) => disabled(at, { reason: options.reason, class: options.class, recheckAfter }),
        },
      )
    })

function readClass(text: string): string {
  if (/^[a-z][a-z0-9_]{0,31}$/.test(text)) return text
  throw new InvalidArgumentError('Accepted: a lower-case word like billing.')
}

function readRecheck(text: string | undefined, now: Date): Date | null {
  if (text === undefined) return null
  const moment = readMoment(text, now)
  if (moment !== null && moment > now) return moment
  throw new UsageFault(
    `--recheck-after "${text}" must lie ahead: a span like 30d, a day like 2027-01-31, or an ISO time with a zone`,
  )
}
