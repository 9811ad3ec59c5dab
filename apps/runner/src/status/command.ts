/** `runner status`: how the runner of a state directory is, told from outside while it runs. */
import { Command } from 'commander'
import { parseSubcommand } from '../cli.ts'
import type { Output } from '../cli.ts'
import { formatStatus } from './format.ts'
import { lookAtRunner } from './look.ts'

const EXAMPLES = `Exit codes: 0 a daemon runs and reports, 1 none runs or its last report is over a minute old.

Example:
  RUNNER_STATE_DIR=/var/lib/llmbench runner status --json | jq .outbox.depth`

/** Prints the status; returns the exit code. Throws ExitFault 1 where there is no state directory. */
export function runStatus(args: readonly string[], directory: string, nowMs: number, output: Output): number {
  let code = 0
  const command = new Command('runner status')
    .description(
      'Lanes, outbox, dead letters, budgets, calibration and last errors. RUNNER_STATE_DIR says of whom',
    )
    .option('--json', 'one document')
    .allowExcessArguments(false)
    .addHelpText('after', `\n${EXAMPLES}`)
    .action(({ json }: { json?: boolean }) => {
      const look = lookAtRunner(directory, nowMs)
      output.writeOut(json === true ? `${JSON.stringify(look)}\n` : formatStatus(look))
      code = look.daemon === 'running' ? 0 : 1
    })
  return parseSubcommand(command, args, output) ? code : 0
}
