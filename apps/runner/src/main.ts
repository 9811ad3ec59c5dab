import { readFileSync } from 'node:fs'
import { ConfigurationError } from '@llmbench/providers'
import { describeError, ExitFault } from './faults.ts'
import { createNotifier } from './notify.ts'
import { run } from './run.ts'
import { createSecrets } from './secrets.ts'
import { listenToSignals } from './signals.ts'
import { openStandardOutput } from './standard-output.ts'

const secrets = createSecrets()
const signals = listenToSignals(process)
const output = openStandardOutput(process)
const { writeOut, writeErr } = output

process.on('uncaughtException', (error) => {
  output.writeLast(
    secrets.scrub(`runner: unexpected error, ending: ${error.stack ?? describeError(error)}\n`),
  )
  process.exit(1)
})

const code = await exitCode()
const problem = await output.finish(signals.stop)
process.exit(code === 0 && problem !== null ? 1 : code)

async function exitCode(): Promise<number> {
  try {
    return await run({
      args: process.argv.slice(2),
      environment: process.env,
      signals,
      secrets,
      version: readVersion(),
      notify: createNotifier({
        socket: process.env['NOTIFY_SOCKET'],
        path: process.env['PATH'],
        onFailure: (reason) => writeErr(`runner: the supervisor of NOTIFY_SOCKET is not told: ${reason}\n`),
      }),
      output,
      writeOut,
      writeErr,
      colour: process.stdout.isTTY && (process.env['NO_COLOR'] ?? '') === '',
      errIsTerminal: process.stderr.isTTY,
    })
  } catch (error) {
    if (!(error instanceof ExitFault || error instanceof ConfigurationError)) throw error
    // What commander has said already comes without a message.
    if (error.message !== '') writeErr(secrets.scrub(`runner: ${error.message}\n`))
    return error instanceof ExitFault ? error.exitCode : 2
  }
}

function readVersion(): string {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}
