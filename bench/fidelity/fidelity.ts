/**
 * The clients' own error: how far from the write is the moment at which a client says that a chunk came. Writes and stamps
 * are both on CLOCK_MONOTONIC, so that no client's own start of a clock is in it; the simulator and each client have a
 * process of their own. All send the same request, read a whole round before the one that counts, and take turns.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createControl, spawnSimulator, stampErrors, summarise } from '@llmbench/simulator'
import type { SpawnedSimulator } from '@llmbench/simulator'
import { nodeFlagsOf } from '../../scripts/node-flags.ts'
import { createCertificate } from './certificate.ts'
import { watchOthers } from './others.ts'
import { PEERS } from './peers.ts'
import type { ClientReport } from './reader.ts'
import { printRounds } from './report.ts'
import type { Round } from './report.ts'

export type FidelityOptions = {
  readonly streams: readonly number[]
  /** Chunks a second in each stream. */
  readonly rates: readonly number[]
  readonly seconds: number
  /** How often each client is measured, in turn with the others. */
  readonly rounds: number
  /** A round is repeated while other programs use more than this share of all cores. */
  readonly mostOthers: number
  readonly tls: boolean
  readonly peers: readonly string[]
  /** Further clients: commands that take ADDRESS MODEL STREAMS, ask for MODEL-0, MODEL-1 … and print a ClientReport. */
  readonly also: readonly string[]
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly json: boolean
}

const CLIENT_LIMIT_MS = 180_000
const MOST_ATTEMPTS = 10

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
        const done: Round[] = []
        for (let round = 0; round < options.rounds; round += 1) {
          for (const client of turned([...options.peers, ...options.also], round)) {
            const setting = { client, streams, rate, seconds: options.seconds, environment }
            const figures = await runQuietRound(simulator, setting, options.mostOthers)
            done.push({ ...figures, round: round + 1, tls: options.tls })
          }
        }
        printRounds(done, options.json)
      }
    }
  } finally {
    await simulator.close()
    await certificate?.remove()
  }
}

/** A round in which other programs used at most that share of the machine; after ten busy ones the last of them. */
async function runQuietRound(
  { address, pid }: SpawnedSimulator,
  setting: Setting,
  mostOthers: number,
): Promise<Omit<Round, 'round' | 'tls'>> {
  for (let attempt = 1; ; attempt += 1) {
    const othersShare = watchOthers(pid)
    const figures = await runRound(address, setting)
    const others = othersShare()
    if (others <= mostOthers || attempt === MOST_ATTEMPTS) return { ...figures, others }
  }
}

/** Each round begins with another client, so that none always runs after the same neighbour. */
function turned(clients: readonly string[], round: number): string[] {
  const first = round % clients.length
  return [...clients.slice(first), ...clients.slice(0, first)]
}

type Setting = {
  readonly client: string
  readonly streams: number
  readonly rate: number
  readonly seconds: number
  readonly environment: FidelityOptions['environment']
}

async function runRound(address: string, setting: Setting): Promise<Omit<Round, 'round' | 'tls' | 'others'>> {
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
