/**
 * The clients' own error: how much later than the write a client says that a chunk came. Writes and stamps are both on
 * CLOCK_MONOTONIC; the simulator and each client have a process of their own.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createControl, spawnSimulator, stampErrors, summarise } from '@llmbench/simulator'
import type { Summary } from '@llmbench/simulator'
import { renderTable } from '../../scripts/table.ts'
import { PEERS } from './peers.ts'
import type { PeerName } from './peers.ts'

export type FidelityOptions = {
  readonly streams: readonly number[]
  readonly rate: number
  readonly seconds: number
  readonly json: boolean
}

/** What a client process prints: its stamps of the text deltas of every stream, and what it cost. */
export type ClientReport = {
  readonly streams: readonly { readonly requestId: string; readonly stampsNs: readonly string[]; readonly tainted: boolean }[]
  readonly maxRssMiB: number
  readonly cpuMs: number
}

type Round = Summary & {
  readonly peer: PeerName
  readonly streams: number
  readonly chunks: number
  readonly incomparable: number
  readonly taintedStreams: number
  readonly maxRssMiB: number
  readonly cpuMicrosecondsPerChunk: number
}

/** Runs every peer at every width and prints a table, or a line of JSON for each. */
export async function runFidelity(options: FidelityOptions): Promise<void> {
  const simulator = await spawnSimulator()
  try {
    for (const streams of options.streams) {
      const rounds: Round[] = []
      for (const peer of PEERS) rounds.push(await runRound(simulator.address, peer, streams, options))
      print(rounds, options)
    }
  } finally {
    await simulator.close()
  }
}

async function runRound(address: string, peer: PeerName, streams: number, options: FidelityOptions): Promise<Round> {
  const control = createControl(address)
  const deltas = Math.round(options.rate * options.seconds)
  const model = `fidelity-${peer}-${streams}`
  await control.clear()
  await control.setScenario(model, { first_delay_ms: 500, gap_ms: 1000 / options.rate, deltas, output_tokens: deltas })
  const report = await runClient([peer, address, model, String(streams), String(1000 / options.rate)])
  const errorsNs: bigint[] = []
  let incomparable = 0
  for (const { requestId, stampsNs } of report.streams) {
    const errors = stampErrors(await control.run(requestId), stampsNs.map(BigInt))
    // A stream that lost or invented a delta cannot be compared delta by delta; it is counted, not hidden.
    if (errors === null) incomparable += 1
    else errorsNs.push(...errors.deltasNs)
  }
  const chunks = errorsNs.length
  return {
    peer,
    streams,
    chunks,
    incomparable,
    taintedStreams: report.streams.filter(({ tainted }) => tainted).length,
    maxRssMiB: report.maxRssMiB,
    cpuMicrosecondsPerChunk: (report.cpuMs * 1000) / Math.max(1, chunks),
    ...summarise(errorsNs),
  }
}

async function runClient(args: readonly string[]): Promise<ClientReport> {
  const client = join(import.meta.dirname, 'client.ts')
  const child = spawn(process.execPath, ['--import', 'tsx', client, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  let printed = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text))
  const timer = setTimeout(() => child.kill('SIGKILL'), 180_000)
  const [code] = (await once(child, 'close')) as [number | null]
  clearTimeout(timer)
  if (code !== 0) throw new Error(`The client ${args.join(' ')} ended with code ${code}`)
  return JSON.parse(printed) as ClientReport
}

function print(rounds: readonly Round[], { json, rate }: FidelityOptions): void {
  if (json) {
    for (const round of rounds) process.stdout.write(`${JSON.stringify({ benchmark: 'fidelity', rate, ...round })}\n`)
    return
  }
  const ours = rounds.find(({ peer }) => peer === 'llmbench')
  const heads = ['client', 'chunks', 'incomparable', 'p50 ms', 'p99 ms', 'max ms', 'p99 ÷ ours', 'CPU µs/chunk', 'RSS MiB', 'tainted']
  const rows = rounds.map((round) => [
    round.peer,
    String(round.chunks),
    String(round.incomparable),
    round.p50Ms.toFixed(3),
    round.p99Ms.toFixed(3),
    round.maxMs.toFixed(3),
    ours === undefined ? '–' : (round.p99Ms / ours.p99Ms).toFixed(2),
    round.cpuMicrosecondsPerChunk.toFixed(0),
    round.maxRssMiB.toFixed(0),
    String(round.taintedStreams),
  ])
  process.stdout.write(`\n${rounds[0]?.streams} streams, ${rate} chunks/s each: delay from write to stamp\n`)
  process.stdout.write(`${renderTable(heads, rows)}\n`)
}
