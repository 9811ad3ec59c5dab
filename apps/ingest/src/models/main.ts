import { userInfo } from 'node:os'
import { exitOnFault, parseArguments } from '../command-line.ts'
import { readStoreTarget } from '../config.ts'
import { createStore } from '../store/create-store.ts'
import { createModelsCommand } from './commands.ts'

await exitOnFault('models', async () => {
  const store = createStore(readStoreTarget(process.env))
  const command = createModelsCommand({
    store,
    actor: userInfo().username,
    now: () => new Date(),
    print: (text) => void process.stdout.write(`${text}\n`),
    warn: (text) => void process.stderr.write(`${text}\n`),
  })
  try {
    await parseArguments(command, process.argv)
  } finally {
    await store.close()
  }
})
