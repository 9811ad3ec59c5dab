import { randomBytes } from 'node:crypto'
import { parseArguments, runProgram } from '../command-line.ts'
import { createStore } from '../store/create-store.ts'
import { readStoreTarget } from '../store/target.ts'
import { createKeysCommand } from './commands.ts'

await runProgram('keys', async (terminal) => {
  const store = createStore(readStoreTarget(process.env))
  const { print } = terminal
  const command = createKeysCommand({ store, now: () => new Date(), random: randomBytes, print })
  try {
    await parseArguments(command, process.argv, terminal)
  } finally {
    await store.close()
  }
  return 'done'
})
