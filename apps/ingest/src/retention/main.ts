import { exitOnFault, parseArguments } from '../command-line.ts'
import { readRetentionSettings, readStoreTarget } from '../config.ts'
import { createStore } from '../store/create-store.ts'
import { createRetentionCommand } from './commands.ts'

await exitOnFault('retention', async () => {
  const settings = readRetentionSettings(process.env)
  const store = createStore(readStoreTarget(process.env))
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
