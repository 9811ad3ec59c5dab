/** Benchmarks: each compares at least two ways of doing the same thing in one run on one machine. */
import { Command, InvalidArgumentError } from 'commander'
import { runFidelity } from './fidelity/fidelity.ts'

function positiveList(value: string): number[] {
  const numbers = value.split(',').map(Number)
  if (numbers.some((number) => !Number.isInteger(number) || number < 1 || number > 1024)) {
    throw new InvalidArgumentError('Accepted: whole numbers from 1 to 1024, separated by commas.')
  }
  return numbers
}

function positiveNumber(value: string): number {
  const number = Number(value)
  if (!Number.isFinite(number) || number <= 0) throw new InvalidArgumentError('Accepted: a number over 0.')
  return number
}

const program = new Command('bench').description('Benchmarks; without a name, all of them').exitOverride((exit) => {
  process.exit(exit.exitCode === 0 ? 0 : 2)
})

program
  .command('fidelity', { isDefault: true })
  .description('How late each client stamps what a simulator in a process of its own wrote')
  .option('--streams <list>', 'concurrent streams, one round each', positiveList, [1, 64])
  .option('--rate <n>', 'chunks a second in each stream', positiveNumber, 50)
  .option('--seconds <n>', 'length of each stream', positiveNumber, 4)
  .option('--json', 'one JSON document a line')
  .addHelpText('after', '\nExample:\n  bench fidelity --streams 1,64 --rate 50')
  .action(async (options: { streams: number[]; rate: number; seconds: number; json?: boolean }) => {
    await runFidelity({ ...options, json: options.json ?? false })
  })

await program.parseAsync()
