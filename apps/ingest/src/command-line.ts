import { openStandardOutput, type StandardOutput } from '@llmbench/output'
import { printable } from '@llmbench/providers/printable'
import { CommanderError, type Command } from 'commander'
import { ConfigFault, StoreUnavailable, UsageFault, WorkFault } from './errors.ts'
import { sentences } from './log-error.ts'

const FAILED = 1
const BAD_USAGE = 2

/** What a program says to whoever sits at the command line, who may read slowly or not at all. */
export type Terminal = Pick<StandardOutput, 'writeErr' | 'dropped' | 'makeRoom'> & {
  /** Lines on stdout. */
  readonly print: (lines: string) => void
  /** Lines on stderr. */
  readonly warn: (lines: string) => void
}

/** Whether there is more to come when `work` is over: a service lives on. */
type Outcome = 'done' | 'serving'

/**
 * Runs a program. What it throws becomes a sentence on stderr and the exit code it deserves; a command ends once all
 * that it printed is written, and fails where that cannot be.
 */
export async function runProgram(
  name: string,
  work: (terminal: Terminal) => Promise<Outcome>,
): Promise<void> {
  const output = openStandardOutput(process, name)
  const print = (lines: string): void => output.writeOut(`${harmless(lines)}\n`)
  const warn = (lines: string): void => output.writeErr(`${harmless(lines)}\n`)
  const exitCode = await codeOf(
    () => work({ ...output, print, warn }),
    (fault) => warn(`${name}: ${fault}`),
  )
  if (exitCode === null) return
  const problem = await output.finish()
  process.exit(exitCode === 0 && problem !== null ? FAILED : exitCode)
}

/** Parses `argv` and throws instead of ending the process; commander has told the fault on stderr by then. */
export async function parseArguments(
  command: Command,
  argv: readonly string[],
  { print, warn }: Pick<Terminal, 'print' | 'warn'>,
): Promise<void> {
  const write = (say: (lines: string) => void) => (text: string) => say(text.replace(/\n$/, ''))
  for (const each of [command, ...command.commands]) {
    each.exitOverride().showHelpAfterError(`See ${command.name()} --help`)
    each.configureOutput({ writeOut: write(print), writeErr: write(warn) })
  }
  await command.parseAsync([...argv])
}

/** Text that others wrote in part, as a terminal may show it: it obeys nothing of it and hides nothing. */
const harmless = (lines: string): string => lines.replaceAll(/[^\n -~]+/g, printable)

/** The exit code of what was done; null where it goes on. */
async function codeOf(work: () => Promise<Outcome>, tell: (fault: string) => void): Promise<number | null> {
  try {
    return (await work()) === 'serving' ? null : 0
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : BAD_USAGE
    const fault = describe(error)
    tell(fault.sentence)
    return fault.exitCode
  }
}

function describe(error: unknown): { sentence: string; exitCode: number } {
  if (error instanceof ConfigFault || error instanceof UsageFault)
    return { sentence: error.message, exitCode: BAD_USAGE }
  if (error instanceof WorkFault) return { sentence: error.message, exitCode: FAILED }
  // Why the store did not answer is for whoever sits at the command line; a client is never told.
  if (error instanceof StoreUnavailable) return { sentence: sentences(error).join(': '), exitCode: FAILED }
  throw error
}
