/** The runs that were answered: the newest ten thousand. */
import { EventEmitter } from 'node:events'
import type { DialectName } from './dialects/dialect.ts'
import type { Script } from './script.ts'
import type { Stamps } from './stamps.ts'

/** A run as it happens; all moments on CLOCK_MONOTONIC, null until they come. */
export type Run = {
  readonly number: number
  readonly id: string
  readonly model: string
  readonly dialect: DialectName
  readonly request: {
    readonly path: string
    readonly headers: Readonly<Record<string, string>>
    readonly body: unknown
  }
  readonly responseId: string | null
  /** Null when the answer is no stream. */
  readonly script: Script | null
  readonly stamps: Stamps
  readonly receivedNs: bigint
  status: number | null
  headersNs: bigint | null
  /** The simulator ended the answer: regularly, or by a cut. */
  endedNs: bigint | null
  /** The client went before that. */
  clientClosedNs: bigint | null
}

export type Runs = {
  readonly add: (run: Run) => void
  readonly find: (id: string) => Run | undefined
  /** Newest first. */
  readonly list: (model: string | undefined, limit: number) => Run[]
  readonly clear: () => void
  /** Says that a run is over. */
  readonly over: (run: Run) => void
  /** Resolves when the run is over or `limitMs` have passed. */
  readonly whenOver: (run: Run, limitMs: number) => Promise<void>
}

const KEPT_RUNS = 10_000

/** No runs yet. */
export function createRuns(): Runs {
  // A map keeps the order of insertion: its first entry is the oldest run.
  const runs = new Map<string, Run>()
  const endings = new EventEmitter().setMaxListeners(0)
  return {
    add: (run) => {
      runs.set(run.id, run)
      const [oldest] = runs.keys()
      if (runs.size > KEPT_RUNS && oldest !== undefined) runs.delete(oldest)
    },
    find: (id) => runs.get(id),
    list: (model, limit) =>
      [...runs.values()]
        .toReversed()
        .filter((run) => model === undefined || run.model === model)
        .slice(0, limit),
    clear: () => runs.clear(),
    over: (run) => void endings.emit(run.id),
    whenOver: (run, limitMs) => {
      if (isOver(run) || limitMs === 0) return Promise.resolve()
      return new Promise((resolve) => {
        const settle = (): void => {
          clearTimeout(timer)
          endings.off(run.id, settle)
          resolve()
        }
        const timer = setTimeout(settle, limitMs)
        endings.once(run.id, settle)
      })
    },
  }
}

/** Whether either side has ended the run. */
export function isOver(run: Run): boolean {
  return run.endedNs !== null || run.clientClosedNs !== null
}
