/**
 * One scheduler for all streams: a heap of due moments and one timer.
 *
 * Node's timers count in milliseconds and fire late, never early. So the timer is set to ring early, and the rest of
 * the way is walked in `setImmediate` turns: each lets the loop serve its sockets, and costs a few microseconds. A
 * task never runs before its moment.
 */
import { monotonicNs } from './clock.ts'

export type Task = { cancelled: boolean }

export type Scheduler = {
  /** Runs `work` at the first turn at or after `dueNs`. Tasks run in order of their moments, equals as they came. */
  at(dueNs: bigint, work: () => void): Task
}

type Entry = Task & { readonly dueNs: bigint; readonly order: number; readonly work: () => void }

/** A timer may ring this much later than asked: it is set early by as much. */
const EARLY_NS = 2_500_000n
/** The kernel wakes a sleeper some 60 us late: so long before the moment a nap ends. */
const NAP_MARGIN_NS = 120_000n
/** Sockets are not served during a nap. */
const NAP_LIMIT_NS = 250_000n
/** Tasks in one turn; more would keep the loop from its sockets. */
const TASKS_PER_TURN = 64

/** A scheduler with nothing to do. */
export function createScheduler(): Scheduler {
  const heap: Entry[] = []
  let order = 0
  let timer: NodeJS.Timeout | undefined
  let timerDueNs: bigint | undefined
  let walking = false
  const nobodyWakes = new Int32Array(new SharedArrayBuffer(4))

  function arm(): void {
    const next = heap[0]
    if (next === undefined || walking) return
    const aheadNs = next.dueNs - monotonicNs()
    if (aheadNs <= EARLY_NS) {
      clearTimeout(timer)
      timerDueNs = undefined
      walking = true
      setImmediate(turn)
    } else if (timerDueNs === undefined || next.dueNs < timerDueNs) {
      clearTimeout(timer)
      timerDueNs = next.dueNs
      timer = setTimeout(ring, Math.min(Number((aheadNs - EARLY_NS) / 1_000_000n) + 1, 2 ** 31 - 1))
    }
  }

  function ring(): void {
    timerDueNs = undefined
    arm()
  }

  function turn(): void {
    walking = false
    for (let ran = 0; ran < TASKS_PER_TURN; ran += 1) {
      const next = heap[0]
      if (next === undefined || (!next.cancelled && next.dueNs > monotonicNs())) break
      removeFirst(heap)
      if (!next.cancelled) next.work()
    }
    nap()
    arm()
  }

  /** Gives the core away for a part of the way: what is measured runs on the same machine. */
  function nap(): void {
    const next = heap[0]
    if (next === undefined) return
    const aheadNs = next.dueNs - monotonicNs()
    if (aheadNs > EARLY_NS || aheadNs < 2n * NAP_MARGIN_NS) return
    const lengthNs = aheadNs - NAP_MARGIN_NS
    Atomics.wait(nobodyWakes, 0, 0, Number(lengthNs < NAP_LIMIT_NS ? lengthNs : NAP_LIMIT_NS) / 1e6)
  }

  return {
    at: (dueNs, work) => {
      const entry: Entry = { dueNs, work, order: (order += 1), cancelled: false }
      insert(heap, entry)
      if (heap[0] === entry) arm()
      return entry
    },
  }
}

function precedes(one: Entry, other: Entry): boolean {
  return one.dueNs < other.dueNs || (one.dueNs === other.dueNs && one.order < other.order)
}

function insert(heap: Entry[], entry: Entry): void {
  let index = heap.push(entry) - 1
  while (index > 0) {
    const parentIndex = (index - 1) >> 1
    const parent = heap[parentIndex]
    if (parent === undefined || !precedes(entry, parent)) break
    heap[index] = parent
    index = parentIndex
  }
  heap[index] = entry
}

function removeFirst(heap: Entry[]): void {
  const last = heap.pop()
  if (last === undefined || heap.length === 0) return
  let index = 0
  for (;;) {
    const left = heap[2 * index + 1]
    const right = heap[2 * index + 2]
    const rightFirst = left !== undefined && right !== undefined && precedes(right, left)
    const child = rightFirst ? right : left
    if (child === undefined || !precedes(child, last)) break
    heap[index] = child
    index = 2 * index + (rightFirst ? 2 : 1)
  }
  heap[index] = last
}
