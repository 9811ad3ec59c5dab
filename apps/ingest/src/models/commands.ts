import { Command } from 'commander'
import { addCommand } from './add.ts'
import { checkCommand } from './check.ts'
import type { ModelsDependencies } from './dependencies.ts'
import { deprecateCommand } from './deprecate.ts'
import { disableCommand } from './disable.ts'
import { discoverCommand } from './discover.ts'
import { enableCommand } from './enable.ts'
import { exportCommand } from './export.ts'
import { importCommand } from './import.ts'
import { listCommand } from './list.ts'
import { probeCommand } from './probe.ts'
import { promoteCommand } from './promote.ts'
import { setCommand } from './set.ts'
import { showCommand } from './show.ts'

const SUBCOMMANDS = [
  listCommand,
  showCommand,
  checkCommand,
  addCommand,
  probeCommand,
  promoteCommand,
  enableCommand,
  disableCommand,
  deprecateCommand,
  setCommand,
  exportCommand,
  importCommand,
  discoverCommand,
]

/** The catalogue's command line. Nothing is ever deleted, and every change is kept with its time, author and reason. */
export function createModelsCommand(dependencies: ModelsDependencies): Command {
  const command = new Command('models').description('The catalogue: which models are measured').addHelpText(
    'after',
    `
The store is the one that MONGODB_URI or STORE_PATH names.

Example:
  models add groq llama-3.1-8b-instant --name "Llama 3.1 8B"
  models disable groq llama-3.1-8b-instant --reason "retired by the provider"`,
  )
  for (const create of SUBCOMMANDS) command.addCommand(create(dependencies))
  return command
}
