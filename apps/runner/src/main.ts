import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { ConfigurationError } from '@llmbench/providers'
import { describeError, ExitFault } from './faults.ts'
import { run } from './run.ts'
import { createSecrets } from './secrets.ts'
import { listenToSignals } from './signals.ts'

/** systemd's own tool speaks its protocol; Node has no datagram sockets of that kind. */
const NOTIFIER = 'systemd-notify'

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
      notify: notifySupervisor,
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

function notifySupervisor(state: string): void {
  if ((process.env['NOTIFY_SOCKET'] ?? '') === '') return
  execFile(NOTIFIER, [state], () => undefined)
}

function readVersion(): string {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}
