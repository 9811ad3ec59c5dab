/** `calibrate`: measures and prints the runner's own error; exit 1 when it is above the limit. */
import { createMeasurer } from '@llmbench/providers'
import { Command, InvalidArgumentError } from 'commander'
import type { Summary } from '@llmbench/simulator'
import { calibrate } from './calibrate.ts'
import { isWithin } from './verdict.ts'

type Options = {
  streams: number
  rounds: number
  rate: number
  chunks: number
  limit: number
  json?: boolean
}

const command = new Command('calibrate')
  .description('Measures how far off the runner stamps what a simulator in a process of its own wrote')
  .option('--streams <n>', 'runs at once', whole, 4)
  .option('--rounds <n>', 'how often', whole, 5)
  .option('--rate <n>', 'chunks a second in each run', positive, 50)
  .option('--chunks <n>', 'chunks in each run', whole, 100)
  .option(
    '--limit <ms>',
    'highest p99 of either absolute error, and earliest stamp, that is accepted, in milliseconds',
    positive,
    5,
  )
  .option('--json', 'one JSON document')
  .addHelpText('after', '\nExample:\n  calibrate --streams 8 --limit 2')
  .allowExcessArguments(false)
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .parse()
const { limit, json, ...options } = command.opts<Options>()

const measurer = createMeasurer()
const calibration = await calibrate(options, measurer, new AbortController().signal)
await measurer.close()
const { firstToken, gaps, stamps, failedRuns } = calibration
const passed = failedRuns === 0 && isWithin(calibration, limit)

if (json === true) process.stdout.write(`${JSON.stringify({ ...calibration, limitMs: limit, passed })}\n`)
else {
  for (const [name, errors] of Object.entries({ 'first token': firstToken, gaps, 'all stamps': stamps }))
    process.stdout.write(`${name.padEnd(11)}  ${describe(errors)}\n`)
  process.stdout.write(`${calibration.runs} runs, ${failedRuns} failed, ${calibration.taintedRuns} tainted; `)
  process.stdout.write(passed ? `within ${limit} ms\n` : `NOT within ${limit} ms\n`)
}
process.exitCode = passed ? 0 : 1

function describe({ count, p50Ms, p99Ms, minMs, maxMs }: Summary): string {
  const ms = (value: number): string => `${value.toFixed(3)} ms`
  return `p50 ${ms(p50Ms)}  p99 ${ms(p99Ms)}  from ${ms(minMs)} to ${ms(maxMs)}  (${count} errors)`
}

function whole(text: string): number {
  if (!/^\d{1,6}$/.test(text) || Number(text) === 0)
    throw new InvalidArgumentError('Accepted: a whole number from 1.')
  return Number(text)
}

function positive(text: string): number {
  const number = Number(text)
  if (!Number.isFinite(number) || number <= 0) throw new InvalidArgumentError('Accepted: a number over 0.')
  return number
}
