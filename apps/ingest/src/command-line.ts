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
  throw error
}

/** Why the store did not answer is for whoever sits at the command line; a client is never told. */
const withCause = ({ message, cause }: StoreUnavailable): string =>
  cause instanceof Error ? `${message}: ${cause.message}` : message
