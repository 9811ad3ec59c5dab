import { openStandardOutput, type StandardOutput } from '@llmbench/output'
import { printable } from '@llmbench/providers/printable'
import { CommanderError, type Command } from 'commander'
import { ConfigFault, StoreUnavailable, UsageFault, WorkFault } from './errors.ts'
import { sentences } from './log-error.ts'

const FAILED = 1
const BAD_USAGE = 2

/** Where a program writes. Writing never blocks, however slowly stdout and stderr are read. */
export type Terminal = Pick<StandardOutput, 'writeErr' | 'dropped' | 'makeRoom'> & {
  /** Lines on stdout. */
  readonly print: (lines: string) => void
  /** Lines on stderr. */
  readonly warn: (lines: string) => void
}

/** `serving`: the process keeps running after `work` has resolved. */
type Outcome = 'done' | 'serving'

/**
 * Runs a program. Known errors become one sentence on stderr and an exit code. A command exits once its output is
 * written, with 1 where that fails.
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

/** Control and invisible characters as spaces: part of the text comes from providers, runners and the database. */
const harmless = (lines: string): string => lines.replaceAll(/[^\n -~]+/g, printable)

/** The exit code, or null while the program keeps serving. */
async function codeOf(work: () => Promise<Outcome>, report: (fault: string) => void): Promise<number | null> {
  try {
    return (await work()) === 'serving' ? null : 0
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : BAD_USAGE
    const fault = describe(error)
    report(fault.sentence)
    return fault.exitCode
  }
}

function describe(error: unknown): { sentence: string; exitCode: number } {
  if (error instanceof ConfigFault || error instanceof UsageFault)
    return { sentence: error.message, exitCode: BAD_USAGE }
  if (error instanceof WorkFault) return { sentence: error.message, exitCode: FAILED }
  // The cause is shown here only; HTTP clients never see it.
  if (error instanceof StoreUnavailable) return { sentence: sentences(error).join(': '), exitCode: FAILED }
  throw error
}
