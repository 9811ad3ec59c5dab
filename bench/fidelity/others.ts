/** How busy the machine is with programs that are no part of the benchmark: what they delay is no client's error. */
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'

/** Linux counts CPU time for programs in hundredths of a second, whatever the kernel's own tick is. */
const TICKS_PER_SECOND = 100

/**
 * Watches from now on. Returns how to ask for the share of all cores, from 0 to 1, that others have used since then;
 * the client must have ended by then, as a program's time counts as ours once we have waited for it.
 */
export function watchOthers(simulatorPid: number): () => number {
  const startMs = performance.now()
  const before = othersTicks(simulatorPid)
  return () => {
    const ticks = othersTicks(simulatorPid) - before
    const seconds = (performance.now() - startMs) / 1000
    return Math.max(0, ticks / TICKS_PER_SECOND / seconds / availableParallelism())
  }
}

function othersTicks(simulatorPid: number): number {
  // user, nice, system, idle, iowait, irq, softirq, steal
  const [user = 0, nice = 0, system = 0, , , , , steal = 0] = numbersOf(readFileSync('/proc/stat', 'latin1'))
  return user + nice + system + steal - programTicks('self') - programTicks(simulatorPid)
}

/** CPU time of a program, with that of the children it has waited for. */
function programTicks(pid: number | 'self'): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  // After the name, which may hold blanks: the state and nine fields, then the times.
  const times = numbersOf(stat.slice(stat.lastIndexOf(')'))).slice(10, 14)
  return times.reduce((sum, ticks) => sum + ticks, 0)
}

function numbersOf(line: string): number[] {
  const [first = ''] = line.split('\n')
  return Array.from(first.matchAll(/-?\b\d+\b/g), ([digits]) => Number(digits))
}
