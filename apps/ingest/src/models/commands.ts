import { Command } from 'commander'
import { addCommand } from './add.ts'
import type { ModelsDependencies } from './dependencies.ts'
import { deprecateCommand } from './deprecate.ts'
import { disableCommand } from './disable.ts'
import { discoverCommand } from './discover.ts'
import { enableCommand } from './enable.ts'
import { listCommand } from './list.ts'

const SUBCOMMANDS = [
  listCommand,
  addCommand,
  enableCommand,
  disableCommand,
  deprecateCommand,
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
