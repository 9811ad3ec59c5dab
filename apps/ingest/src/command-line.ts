import { CommanderError, type Command } from 'commander'
import { ConfigFault, StoreUnavailable, UsageFault, WorkFault } from './errors.ts'

const FAILED = 1
const BAD_USAGE = 2

/** Runs a command to its end and turns what it throws into a sentence on stderr and the exit code it deserves. */
export async function exitOnFault(name: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : BAD_USAGE)
    const fault = describe(error)
    process.stderr.write(`${name}: ${fault.sentence}\n`)
    process.exit(fault.exitCode)
  }
}

/** Parses `argv` and throws instead of ending the process; commander has told the fault on stderr by then. */
export async function parseArguments(command: Command, argv: readonly string[]): Promise<void> {
  for (const each of [command, ...command.commands])
    each.exitOverride().showHelpAfterError(`See ${command.name()} --help`)
  await command.parseAsync([...argv])
}

function describe(error: unknown): { sentence: string; exitCode: number } {
  if (error instanceof ConfigFault || error instanceof UsageFault)
    return { sentence: error.message, exitCode: BAD_USAGE }
  if (error instanceof WorkFault) return { sentence: error.message, exitCode: FAILED }
  if (error instanceof StoreUnavailable) return { sentence: withCause(error), exitCode: FAILED }
  if (isAddressError(error)) {
    return {
      sentence: `Cannot listen on ${error.address}:${error.port}: ${ADDRESS_ERRORS[error.code]}`,
      exitCode: FAILED,
    }
  }
  throw error
}

/** Why the store did not answer is for whoever sits at the command line; a client is never told. */
const withCause = ({ message, cause }: StoreUnavailable): string =>
  cause instanceof Error ? `${message}: ${cause.message}` : message

const ADDRESS_ERRORS: Record<string, string> = {
  EADDRINUSE: 'the port is taken; choose another with PORT, or PORT=0 for any',
  EADDRNOTAVAIL: 'this machine has no such address; see HOST',
  EACCES: 'no permission to listen there',
}

const isAddressError = (error: unknown): error is { code: string; address: string; port: number } =>
  error instanceof Error && 'code' in error && String(error.code) in ADDRESS_ERRORS
