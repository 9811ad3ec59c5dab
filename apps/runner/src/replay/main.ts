import { Command, CommanderError } from 'commander'
import { describeError, ExitFault } from '../faults.ts'
import { formatTable } from '../output.ts'
import { toWire } from '../recorder.ts'
import { differences, findTapes, readRecorded, replayTape } from './replay.ts'

type Flags = { readonly json?: boolean; readonly check?: string }

const command = new Command('replay')
  .description('Derives the documents of saved tapes again, without measuring anything')
  .argument('<paths...>', 'tape files, or folders of them')
  .option('--json', 'one document a line, as the runner prints them')
  .option('--check <file>', 'compare with documents that were recorded, one JSON a line')
  .addHelpText(
    'after',
    '\nExample:\n  runner --local --json --save-tapes tapes … > then.jsonl\n  replay tapes --check then.jsonl',
  )
  .showHelpAfterError('See replay --help')
  .exitOverride()

process.stdout.on('error', () => undefined)
process.exit(await exitCode())

async function exitCode(): Promise<number> {
  try {
    command.parse(process.argv)
    const { json = false, check } = command.opts<Flags>()
    return await replayAll(await findTapes(command.args), json, check)
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    process.stderr.write(`replay: ${describeError(error)}\n`)
    return error instanceof ExitFault ? error.exitCode : 1
  }
}

/** Prints the documents, or with `check` only what differs; 1 when something does. */
async function replayAll(
  paths: readonly string[],
  json: boolean,
  check: string | undefined,
): Promise<number> {
  if (paths.length === 0) throw new ExitFault(1, 'There is no tape in what was named')
  const recorded = check === undefined ? null : await readRecorded(check)
  const documents = []
  let differing = 0
  for (const path of paths) {
    const document = await replayTape(path)
    documents.push(document)
    if (json) process.stdout.write(`${toWire(document)}\n`)
    if (recorded === null) continue
    const then = recorded.get(document.result_id)
    const found = then === undefined ? ['it was not recorded'] : differences(then, document)
    if (found.length > 0) differing += 1
    for (const difference of found) process.stderr.write(`${document.result_id} ${difference}\n`)
  }
  const colour = process.stdout.isTTY && (process.env['NO_COLOR'] ?? '') === ''
  if (!json && recorded === null) process.stdout.write(formatTable(documents, colour))
  if (recorded !== null) {
    process.stderr.write(`${documents.length - differing} of ${documents.length} documents are the same\n`)
  }
  return differing === 0 ? 0 : 1
}
