import { readFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { text } from 'node:stream/consumers'
import { parseArguments, runProgram } from '../command-line.ts'
import { readModelsSettings } from '../config.ts'
import { createStore } from '../store/create-store.ts'
import { readStoreTarget } from '../store/target.ts'
import { createModelsCommand } from './commands.ts'

await runProgram('models', async (terminal) => {
  const store = createStore(readStoreTarget(process.env))
  const command = createModelsCommand({
    store,
    actor: process.env['SUDO_USER'] || ownName(),
    settings: readModelsSettings(process.env),
    environment: process.env,
    now: () => new Date(),
    readText: (path) => (path === '-' ? text(process.stdin) : readFile(path, 'utf8')),
    print: terminal.print,
    warn: terminal.warn,
  })
  try {
    await parseArguments(command, process.argv, terminal)
  } finally {
    await store.close()
  }
  return 'done'
})

/** A container may run as a user that nobody has named. */
function ownName(): string {
  try {
    return userInfo().username
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`
  }
}
