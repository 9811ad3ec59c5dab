import { exitOnFault, parseArguments } from '../command-line.ts'
import { createStore } from '../store/create-store.ts'
import { readStoreTarget } from '../store/target.ts'
import { createRetentionCommand } from './commands.ts'
import { readRetentionSettings } from './settings.ts'

/** Walking a collection of years takes longer than a request may. */
const OPERATION_MS = 600_000

await exitOnFault('retention', async () => {
  const settings = readRetentionSettings(process.env)
  const store = createStore(readStoreTarget(process.env), { operationMs: OPERATION_MS })
  const command = createRetentionCommand({
    store,
    settings,
    now: () => new Date(),
    print: (text) => void process.stdout.write(`${text}\n`),
  })
  try {
    await parseArguments(command, process.argv)
  } finally {
    await store.close()
  }
})
