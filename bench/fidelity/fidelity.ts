/**
 * The clients' own error: how much later than the write a client says that a chunk came. Writes and stamps are both on
 * CLOCK_MONOTONIC; the simulator and each client have a process of their own.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createControl, spawnSimulator, stampErrors, summarise } from '@llmbench/simulator'
import type { Summary } from '@llmbench/simulator'
import { nodeFlagsOf } from '../../scripts/node-flags.ts'
import { renderTable } from '../../scripts/table.ts'
import { createCertificate } from './certificate.ts'
import { PEERS } from './peers.ts'
import type { ClientReport } from './reader.ts'

export type FidelityOptions = {
  readonly streams: readonly number[]
  /** Chunks a second in each stream. */
  readonly rates: readonly number[]
  readonly seconds: number
  readonly tls: boolean
  readonly peers: readonly string[]
  /** Further clients: commands that take ADDRESS MODEL STREAMS, ask for MODEL-0, MODEL-1 … and print a ClientReport. */
  readonly also: readonly string[]
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly json: boolean
}

type Round = Summary & {
  readonly client: string
  readonly streams: number
  readonly rate: number
  readonly tls: boolean
  /** Streams in which the client saw another number of deltas than were written. */
  readonly incomparable: number
  readonly tainted: number
  readonly maxRssMiB: number
  readonly cpuMicrosecondsPerChunk: number
}

const CLIENT_LIMIT_MS = 180_000

/** Runs every client at every width and rate and prints a table, or a line of JSON for each round. */
export async function runFidelity(options: FidelityOptions): Promise<void> {
  const certificate = options.tls ? await createCertificate() : undefined
  const simulator = await spawnSimulator(certificate === undefined ? {} : { tls: certificate })
  const trust =
    certificate === undefined
      ? {}
      : { NODE_EXTRA_CA_CERTS: certificate.certFile, SSL_CERT_FILE: certificate.certFile }
  const environment = { ...options.environment, ...trust }
  try {
    for (const rate of options.rates) {
      for (const streams of options.streams) {
        const rounds: Round[] = []
        for (const client of [...options.peers, ...options.also]) {
          const setting = { client, streams, rate, seconds: options.seconds, environment }
          rounds.push({ ...(await runRound(simulator.address, setting)), tls: options.tls })
        }
        print(rounds, options.json)
      }
    }
  } finally {
    await simulator.close()
    await certificate?.remove()
  }
}

type Setting = {
  readonly client: string
  readonly streams: number
  readonly rate: number
  readonly seconds: number
  readonly environment: FidelityOptions['environment']
}

async function runRound(address: string, setting: Setting): Promise<Omit<Round, 'tls'>> {
  const { client, streams, rate, seconds, environment } = setting
  const control = createControl(address)
  const deltas = Math.round(rate * seconds)
  const model = 'fidelity'
  await control.clear()
  for (let stream = 0; stream < streams; stream += 1) {
    await control.setScenario(`${model}-${stream}`, {
      // The phases of the streams lie evenly in one gap.
      first_delay_ms: 500 + (stream * 1000) / rate / streams,
      gap_ms: 1000 / rate,
      deltas,
      output_tokens: deltas,
    })
  }
  const report = await runClient(client, [address, model, String(streams)], environment)
  const errorsNs: bigint[] = []
  let incomparable = 0
  for (const { requestId, stampsNs } of report.streams) {
    const errors = stampErrors(await control.run(requestId), stampsNs.map(BigInt))
    // A stream that lost or invented a delta cannot be compared delta by delta; it is counted, not hidden.
    if (errors === null) incomparable += 1
    else for (const error of errors.deltasNs) errorsNs.push(error)
  }
  return {
    client,
    streams,
    rate,
    incomparable,
    tainted: report.streams.filter(({ tainted }) => tainted).length,
    maxRssMiB: report.maxRssMiB,
    cpuMicrosecondsPerChunk: (report.cpuMs * 1000) / Math.max(1, errorsNs.length),
    ...summarise(errorsNs),
  }
}

async function runClient(
  client: string,
  args: readonly string[],
  environment: Setting['environment'],
): Promise<ClientReport> {
  // The others run as Node comes.
  const flags = client === 'llmbench' ? nodeFlagsOf('runner') : []
  const ours = [...flags, join(import.meta.dirname, 'client.ts'), client]
  const [command = '', ...words] = PEERS.has(client) ? [process.execPath, ...ours] : client.split(' ')
  const child = spawn(command, [...words, ...args], {
    env: { ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let printed = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text))
  const timer = setTimeout(() => child.kill('SIGKILL'), CLIENT_LIMIT_MS)
  const [code] = (await once(child, 'close')) as [number | null]
  clearTimeout(timer)
  if (code !== 0) throw new Error(`The client ${client} ended with code ${code}`)
  return JSON.parse(printed) as ClientReport
}

function print(rounds: readonly Round[], json: boolean): void {
  if (json) {
    for (const round of rounds)
      process.stdout.write(`${JSON.stringify({ benchmark: 'fidelity', ...round })}\n`)
    return
  }
  const [first] = rounds
  if (first === undefined) return
  const heads = [
    'client',
    'stamps',
    'p50 ms',
    'p99 ms',
    'least ms',
    'greatest ms',
    'p99 over socket',
    'p99 ÷ llmbench',
    'CPU µs/chunk',
    'peak MiB',
    'tainted',
    'lost',
  ]
  const floor = rounds.find(({ client }) => client === 'socket')
  const ours = rounds.find(({ client }) => client === 'llmbench')
  const rows = rounds.map((round) => [
    round.client,
    String(round.count),
    round.p50Ms.toFixed(3),
    round.p99Ms.toFixed(3),
    round.minMs.toFixed(3),
    round.maxMs.toFixed(3),
    floor === undefined ? '–' : (round.p99Ms - floor.p99Ms).toFixed(3),
    ours === undefined ? '–' : (round.p99Ms / ours.p99Ms).toFixed(2),
    round.cpuMicrosecondsPerChunk.toFixed(0),
    round.maxRssMiB.toFixed(0),
    String(round.tainted),
    String(round.incomparable),
  ])
  const over = first.tls ? ', over TLS' : ''
  process.stdout.write(
    `\n${first.streams} streams, ${first.rate} chunks/s each${over}: delay from write to stamp\n`,
  )
  process.stdout.write(`${renderTable(heads, rows)}\n`)
}
