/** The headline test: generated = stored ∪ outbox ∪ dead letters, each once, whatever is killed, cut or faked meanwhile. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import { cleanEnvironment } from '../demo/processes.ts'
import { BREAKS, EVERYTHING } from './breaks.ts'
import { renderReport } from './report.ts'
import { soak } from './soak.ts'

type Flags = {
  readonly minutes: number
  readonly seed: number
  readonly store: 'mongodb' | 'sqlite'
  readonly break?: string
  readonly json?: boolean
}

const program = new Command('soak')
  .description(
    'Provider, runner, ingest and mongod under kill -9 and a faulty network; in the end everything that was measured must be stored, once',
  )
  .option('--minutes <n>', 'how long faults last; fractions allowed', minutes, 1)
  .option(
    '--seed <n>',
    'of all chance; printed, so that a run can be had again (default: by the clock)',
    seed,
  )
  .addOption(
    new Option('--store <kind>', 'what the ingest stores in')
      .choices(['mongodb', 'sqlite'])
      .default('mongodb'),
  )
  .addOption(
    new Option('--break <way>', 'break a program, to see the soak find it').choices(Object.keys(BREAKS)),
  )
  .option('--json', 'the account as one JSON document')
  .addHelpText(
    'after',
    `
The same seed draws the same faults and kills; when each of them strikes also depends on the machine.
Exit codes: 0 the equation holds, 1 it does not, or a program could not be kept going.

Examples:
  soak --minutes 1 --seed 20261124
  soak --minutes 240
  soak --minutes 0.01 --store sqlite --break deleted-before-answer`,
  )
  .allowExcessArguments(false)
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .parse()
const flags = program.opts<Flags & { seed?: number }>()
const drawn = flags.seed ?? Date.now() % 2 ** 31

const folder = await mkdtemp(join(tmpdir(), 'llmbench-soak-'))
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => fail(new Error(`Ended by ${signal}`)))
try {
  const report = await soak({
    folder,
    seed: drawn,
    store: flags.store,
    plan: flags.break === undefined ? EVERYTHING : (BREAKS[flags.break] ?? EVERYTHING),
    mongodbUri: process.env['MONGODB_URI'] ?? null,
    environment: cleanEnvironment(process.env),
    progress: (line) => void (process.stderr.isTTY && process.stderr.write(`\r${line} `)),
    chaosMs: flags.minutes * 60_000,
    extraMs: 120_000,
  })
  if (process.stderr.isTTY) process.stderr.write('\n')
  process.stdout.write(
    flags.json === true ? `${JSON.stringify({ seed: drawn, ...report })}\n` : renderReport(drawn, report),
  )
  if (report.findings.length === 0) await rm(folder, { recursive: true, force: true })
  else {
    process.stderr.write(`soak: store and outbox are kept in ${folder}\n`)
    process.exitCode = 1
  }
} catch (error) {
  fail(error)
}

/** What is left in the folder may be what explains it: it stays. The programs go with this process. */
function fail(error: unknown): never {
  process.stderr.write(
    `soak failed (seed ${drawn}, ${folder} kept): ${error instanceof Error ? error.message : String(error)}\n`,
  )
  process.exit(1)
}

function minutes(text: string): number {
  const value = Number(text)
  if (!(value > 0 && value <= 10_080))
    throw new InvalidArgumentError('Accepted: a number above 0 and up to 10080.')
  return value
}

function seed(text: string): number {
  if (!/^\d{1,10}$/.test(text))
    throw new InvalidArgumentError('Accepted: a whole number from 0 to 9999999999.')
  return Number(text)
}
