import { readFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { text } from 'node:stream/consumers'
import { exitOnFault, parseArguments } from '../command-line.ts'
import { readModelsSettings } from '../config.ts'
import { createStore } from '../store/create-store.ts'
import { readStoreTarget } from '../store/target.ts'
import { createModelsCommand } from './commands.ts'

await exitOnFault('models', async () => {
  const store = createStore(readStoreTarget(process.env))
  const command = createModelsCommand({
    store,
    actor: process.env['SUDO_USER'] || ownName(),
    settings: readModelsSettings(process.env),
    environment: process.env,
    now: () => new Date(),
    readText: (path) => (path === '-' ? text(process.stdin) : readFile(path, 'utf8')),
    print: (text) => void process.stdout.write(`${text}\n`),
    warn: (text) => void process.stderr.write(`${text}\n`),
  })
  try {
    await parseArguments(command, process.argv)
  } finally {
    await store.close()
  }
})

/** A container may run as a user that nobody has named. */
function ownName(): string {
  try {
    return userInfo().username
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`
  }
}
