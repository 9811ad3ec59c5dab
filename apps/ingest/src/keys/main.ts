import { randomBytes } from 'node:crypto'
import { exitOnFault, parseArguments } from '../command-line.ts'
import { createStore } from '../store/create-store.ts'
import { readStoreTarget } from '../store/target.ts'
import { createKeysCommand } from './commands.ts'

await exitOnFault('keys', async () => {
  const store = createStore(readStoreTarget(process.env))
  const command = createKeysCommand({
    store,
    now: () => new Date(),
    random: randomBytes,
    print: (text) => void process.stdout.write(`${text}\n`),
  })
  try {
    await parseArguments(command, process.argv)
  } finally {
    await store.close()
  }
})
