/** One client process of the fidelity benchmark: PEER ADDRESS MODEL STREAMS GAP_MS. Prints one ClientReport. */
import { readFileSync } from 'node:fs'
import { setTimeout as later } from 'node:timers/promises'
import { PEERS } from './peers.ts'
import type { ClientReport } from './reader.ts'

const [peer = '', address = '', model = '', streams = '1', gapMs = '20'] = process.argv.slice(2)
const load = PEERS.get(peer)
if (load === undefined) throw new Error(`There is no client ${peer}`)

const { createReader } = await load()
const reader = await createReader({ address, model })
// One stream before the clock starts to count: the first of any client loads and compiles its code.
await reader.stream()
const before = process.cpuUsage()
const width = Number(streams)
// Spread over one gap, so that the writes of the streams do not all fall into one moment.
const report = await Promise.all(
  Array.from({ length: width }, async (_, index) => {
    await later((index * Number(gapMs)) / width)
    return reader.stream()
  }),
)
const { user, system } = process.cpuUsage(before)
await reader.close()
const printed: ClientReport = { streams: report, maxRssMiB: peakRssMiB(), cpuMs: (user + system) / 1000 }
process.stdout.write(JSON.stringify(printed))

/** The most memory the process ever had resident, as the kernel counted it. */
function peakRssMiB(): number {
  const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
  return peak === undefined ? Number.NaN : Number(peak) / 1024
}
