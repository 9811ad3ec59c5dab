/** Benchmarks: each compares at least two ways of doing the same thing in one run on one machine. */
import { Command, InvalidArgumentError } from 'commander'
import { COMPILE_CACHE } from '../scripts/compile-cache.ts'
import { runCatalogueBench, type CatalogueBenchOptions } from './catalogue/catalogue.ts'
import { runFidelity } from './fidelity/fidelity.ts'
import { PEERS } from './fidelity/peers.ts'
import { runIngestBench, type IngestBenchOptions } from './ingest/ingest.ts'

type Options = {
  streams: number[]
  rate: number[]
  seconds: number
  rounds: number
  mostOthers: number
  tls: boolean
  clients: string[]
  also: string[]
  json: boolean
}

/** Programs are compared as services run them: from what Node has compiled before. */
const environment = { ...COMPILE_CACHE, ...process.env }

const program = new Command('bench')
  .description('Benchmarks; without a name, all of them')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))

program
  .command('fidelity', { isDefault: true })
  .description('How far off each client stamps what a simulator in a process of its own wrote')
  .option('--streams <list>', 'concurrent streams, one round each', wholeNumbers, [1, 64])
  .option('--rate <list>', 'chunks a second in each stream, one round each', wholeNumbers, [50])
  .option('--seconds <n>', 'length of each stream', positive, 4)
  .option('--rounds <n>', 'how often each client is measured, in turn with the others', positive, 3)
  .option(
    '--most-others <percent>',
    'repeat a round, up to ten times, while programs outside of the benchmark use more of the machine',
    positive,
    100,
  )
  .option('--tls', 'over TLS with a certificate made for the run', false)
  .option('--clients <list>', `which of ${[...PEERS.keys()].join(', ')}`, clients, [
    'socket',
    'llmbench',
    'fetch',
    'openai-sdk',
  ])
  .option(
    '--also <command>',
    'a further client, as bench/fidelity/python_client.py is one; repeatable',
    collect,
    [],
  )
  .option('--json', 'one JSON document a line', false)
  .addHelpText(
    'after',
    `
Examples:
  bench fidelity --streams 1,16,64,256 --rate 50,200 --clients all --rounds 5
  bench fidelity --tls --also "python3 bench/fidelity/python_client.py" --also "python3 bench/fidelity/aiperf_client.py"`,
  )
  .action(async ({ rate, clients: peers, mostOthers, ...options }: Options) => {
    await runFidelity({ ...options, rates: rate, peers, environment, mostOthers: mostOthers / 100 })
  })

program
  .command('ingest')
  .description('The ingest under load, beside the driver alone, a plain Fastify and a plain FastAPI route')
  .option('--seconds <n>', 'length of each measurement', positive, 5)
  .option('--repeat <n>', 'measurements of each kind; median and spread are told', positive, 3)
  .option('--memory-rows <n>', 'rows to write while memory is watched; 0: none', amount, 200_000)
  .option('--health-rows <n>', 'rows in the store when /health is timed; 0: not', amount, 1_000_000)
  .option('--json', 'one JSON document a line', false)
  .addHelpText('after', '\nExample:\n  bench ingest --seconds 10 --repeat 3')
  .action(async (options: Omit<IngestBenchOptions, 'environment'>) => {
    await runIngestBench({ ...options, environment })
  })

program
  .command('catalogue')
  .description('A large catalogue: the list and the worklists, on both stores')
  .option('--entries <n>', 'entries of the catalogue', amount, 10_000)
  .option('--repeat <n>', 'looks of each kind; median and spread are told', amount, 5)
  .option('--json', 'one JSON document a line', false)
  .addHelpText('after', '\nExample:\n  bench catalogue --entries 10000')
  .action(async (options: Omit<CatalogueBenchOptions, 'environment'>) => {
    await runCatalogueBench({ ...options, environment })
  })

await program.parseAsync()

function wholeNumbers(text: string): number[] {
  const numbers = text.split(',').map(Number)
  if (numbers.some((number) => !Number.isInteger(number) || number < 1 || number > 1024)) {
    throw new InvalidArgumentError('Accepted: whole numbers from 1 to 1024, separated by commas.')
  }
  return numbers
}

function positive(text: string): number {
  const number = Number(text)
  if (!Number.isFinite(number) || number <= 0) throw new InvalidArgumentError('Accepted: a number over 0.')
  return number
}

function amount(text: string): number {
  if (/^[0-9]{1,9}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Accepted: a whole number.')
}

function clients(text: string): string[] {
  const names = text === 'all' ? [...PEERS.keys()] : text.split(',')
  const unknown = names.find((name) => !PEERS.has(name))
  if (unknown !== undefined) {
    throw new InvalidArgumentError(`Accepted: all, or ${[...PEERS.keys()].join(', ')} separated by commas.`)
  }
  return names
}

function collect(text: string, before: string[]): string[] {
  return [...before, text]
}
