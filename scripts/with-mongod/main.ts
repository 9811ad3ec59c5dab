/**
 * Runs a command beside a mongod of its own: `with-mongod COMMAND [ARGUMENT…]`. The command finds it in MONGODB_URI,
 * with a database in the path, and gives the exit code. Where MONGODB_URI is set, that mongod is used.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
// oxlint-disable-next-line no-restricted-imports -- the very mongod that the tests use
import { databaseUri, startMongod } from '../../apps/ingest/test/support/mongod.ts'

const [command, ...words] = process.argv.slice(2)
if (command === undefined) {
  process.stderr.write('usage: with-mongod COMMAND [ARGUMENT…]\n')
  process.exit(2)
}
const { MONGODB_URI: given, PATH: path = '' } = process.env
const own = given === undefined ? await startMongod({ path }) : undefined
try {
  const uri = given ?? databaseUri(own?.uri ?? '', 'llm-bench')
  const child = spawn(command, words, { stdio: 'inherit', env: { ...process.env, MONGODB_URI: uri } })
  const [code] = (await once(child, 'close')) as [number | null]
  process.exitCode = code ?? 1
} finally {
  await own?.stop()
}
