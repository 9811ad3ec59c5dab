import { parseArguments, runProgram } from '../command-line.ts'
import { createStore } from '../store/create-store.ts'
import { readStoreTarget } from '../store/target.ts'
import { createRetentionCommand } from './commands.ts'
import { readRetentionSettings } from './settings.ts'

/** Walking a collection of years takes longer than a request may. */
const OPERATION_MS = 600_000

await runProgram('retention', async (terminal) => {
  const settings = readRetentionSettings(process.env)
  const store = createStore(readStoreTarget(process.env), { operationMs: OPERATION_MS })
  const { print } = terminal
  const command = createRetentionCommand({ store, settings, now: () => new Date(), print })
  try {
    await parseArguments(command, process.argv, terminal)
  } finally {
    await store.close()
  }
  return 'done'
})
