/** One client process of the fidelity benchmark: PEER ADDRESS MODEL STREAMS. Prints one ClientReport. */
import { readFileSync } from 'node:fs'
import { setTimeout as later } from 'node:timers/promises'
import { PEERS } from './peers.ts'
import type { ClientReport, StreamReport } from './reader.ts'

/** Functions that run once a chunk are compiled for the last time after some 20,000 calls. */
const WARM_UP_ROUNDS = 1
/** Below the simulator's delay to the first token: no connection is opened beside a stream. */
const RAMP_MS = 450

const [peer = '', address = '', model = '', streams = '1'] = process.argv.slice(2)
const load = PEERS.get(peer)
if (load === undefined) throw new Error(`There is no client ${peer}`)

const { createReader } = await load()
const reader = await createReader({ address })
// Rounds before the clock starts to count: in these, any client loads its code and the engine compiles it.
for (let round = 0; round < WARM_UP_ROUNDS; round += 1) await readAll(Number(streams))
const before = process.cpuUsage()
const report = await readAll(Number(streams))
const { user, system } = process.cpuUsage(before)
await reader.close()
const printed: ClientReport = { streams: report, maxRssMiB: peakRssMiB(), cpuMs: (user + system) / 1000 }
process.stdout.write(JSON.stringify(printed))

/** Stream i asks for MODEL-i: each model has its own delay, so that the writes do not fall into one moment. */
function readAll(width: number): Promise<StreamReport[]> {
  return Promise.all(
    Array.from({ length: width }, async (_, index) => {
      await later((index * RAMP_MS) / width)
      return reader.stream(`${model}-${index}`)
    }),
  )
}

/** The most memory the process ever had resident, as the kernel counted it. */
function peakRssMiB(): number {
  const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
  return peak === undefined ? Number.NaN : Number(peak) / 1024
}
