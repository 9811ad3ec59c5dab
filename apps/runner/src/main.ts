import { readFileSync } from 'node:fs'
import { ConfigurationError } from '@llmbench/providers'
import { describeError, ExitFault } from './faults.ts'
import { createNotifier } from './notify.ts'
import { run } from './run.ts'
import { createSecrets } from './secrets.ts'
import { listenToSignals } from './signals.ts'

const secrets = createSecrets()

// A reader that went away is no reason to stop measuring.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
process.on('uncaughtException', (error) => {
  process.stderr.write(
    secrets.scrub(`runner: unexpected error, ending: ${error.stack ?? describeError(error)}\n`),
  )
  process.exit(1)
})

process.exit(await exitCode())

async function exitCode(): Promise<number> {
  try {
    return await run({
      args: process.argv.slice(2),
      environment: process.env,
      signals: listenToSignals(process),
      secrets,
      version: readVersion(),
      notify: createNotifier({
        socket: process.env['NOTIFY_SOCKET'],
        path: process.env['PATH'],
        onFailure: (reason) =>
          process.stderr.write(`runner: the supervisor of NOTIFY_SOCKET is not told: ${reason}\n`),
      }),
      writeOut: (text) => void process.stdout.write(text),
      writeErr: (text) => void process.stderr.write(text),
      colour: process.stdout.isTTY && (process.env['NO_COLOR'] ?? '') === '',
      errIsTerminal: process.stderr.isTTY,
    })
  } catch (error) {
    if (!(error instanceof ExitFault || error instanceof ConfigurationError)) throw error
    // What commander has said already comes without a message.
    if (error.message !== '') process.stderr.write(secrets.scrub(`runner: ${error.message}\n`))
    return error instanceof ExitFault ? error.exitCode : 2
  }
}

function readVersion(): string {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}
