/** What the rounds of the fidelity benchmark came to. */
import type { Summary } from '@llmbench/simulator'
import { renderTable } from '../../scripts/table.ts'
import { spreadOf } from '../spread.ts'

/** One client in one round. */
export type Round = Summary & {
  readonly client: string
  /** From 1. */
  readonly round: number
  readonly streams: number
  /** Chunks a second in each stream. */
  readonly rate: number
  readonly tls: boolean
  /** Streams in which the client saw another number of deltas than were written. */
  readonly incomparable: number
  readonly tainted: number
  readonly maxRssMiB: number
  readonly cpuMicrosecondsPerChunk: number
  /** The share of all cores that programs outside of the benchmark used meanwhile. */
  readonly others: number
}

const HEADS = [
  'client',
  'stamps',
  'p50 ms',
  'p99 ms: least',
  'median',
  'greatest',
  'over socket',
  '÷ llmbench',
  'earliest ms',
  'latest ms',
  'CPU µs/chunk',
  'peak MiB',
  'tainted',
  'lost',
  'others',
]

/** Prints a table with a line for each client, or each round as a line of JSON. */
export function printRounds(rounds: readonly Round[], json: boolean): void {
  if (json) {
    for (const round of rounds)
      process.stdout.write(`${JSON.stringify({ benchmark: 'fidelity', ...round })}\n`)
    return
  }
  const [first] = rounds
  if (first === undefined) return
  const clients = new Set(rounds.map(({ client }) => client))
  const table = renderTable(
    HEADS,
    Array.from(clients, (client) => rowOf(client, rounds)),
  )
  const count = Math.max(...rounds.map(({ round }) => round))
  const setting = `${first.streams} streams, ${first.rate} chunks/s each${first.tls ? ', over TLS' : ''}`
  process.stdout.write(`\n${setting}, ${count} rounds in turn: distance from write to stamp\n${table}\n`)
}

/** Medians over the rounds, but for what is named otherwise; comparisons are made within each round. */
function rowOf(client: string, rounds: readonly Round[]): string[] {
  const own = rounds.filter((round) => round.client === client)
  const p99 = spreadOf(own.map(({ p99Ms }) => p99Ms))
  const median = (value: (round: Round) => number): number => spreadOf(own.map(value)).median
  const beside = (other: string, compare: (own: number, other: number) => number): string => {
    const pairs = own.flatMap(({ round, p99Ms }) => {
      const found = rounds.find((one) => one.client === other && one.round === round)
      return found === undefined ? [] : [compare(p99Ms, found.p99Ms)]
    })
    return pairs.length === 0 ? '–' : spreadOf(pairs).median.toFixed(other === 'socket' ? 3 : 2)
  }
  return [
    client.split('/').at(-1) ?? client,
    String(own.reduce((sum, { count }) => sum + count, 0)),
    median(({ p50Ms }) => p50Ms).toFixed(3),
    p99.lowest.toFixed(3),
    p99.median.toFixed(3),
    p99.highest.toFixed(3),
    beside('socket', (ours, floor) => ours - floor),
    beside('llmbench', (theirs, ours) => theirs / ours),
    Math.min(...own.map(({ minMs }) => minMs)).toFixed(3),
    Math.max(...own.map(({ maxMs }) => maxMs)).toFixed(3),
    median(({ cpuMicrosecondsPerChunk }) => cpuMicrosecondsPerChunk).toFixed(0),
    Math.max(...own.map(({ maxRssMiB }) => maxRssMiB)).toFixed(0),
    String(own.reduce((sum, { tainted }) => sum + tainted, 0)),
    String(own.reduce((sum, { incomparable }) => sum + incomparable, 0)),
    `${(100 * Math.max(...own.map(({ others }) => others))).toFixed(0)} %`,
  ]
}
