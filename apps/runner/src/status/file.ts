/** The daemon's own word in the state directory: `status.json`, whole at every moment, written every few seconds. */
import { readFileSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { pause } from '../clock.ts'
import type { Clock } from '../clock.ts'
import { codeOf, describeError } from '../faults.ts'
import type { Reporter, RunnerReport } from '../report.ts'
import type { Tally } from '../tally.ts'

const PERIOD_MS = 5000
const STATUS_FILE = 'status.json'

export type DaemonStatus = Omit<RunnerReport, 'state'> & {
  readonly state: RunnerReport['state'] | 'stopped'
  readonly pid: number
  readonly started_at: string
  readonly reported_at: string
  /** Newest first. */
  readonly last_errors: readonly string[]
}

export type StatusWriter = {
  readonly run: (signal: AbortSignal) => Promise<void>
  /** One last word, so that a planned stop is told from a crash. */
  readonly writeStopped: () => Promise<void>
}

export type StatusWriterParts = {
  readonly directory: string
  readonly report: Reporter
  readonly tally: Pick<Tally, 'lastFaults'>
  readonly clock: Clock
  readonly logger: Logger
}

/** A writer of the file; a write that fails is logged and tried again with the next. */
export function createStatusWriter(parts: StatusWriterParts): StatusWriter {
  const { directory, report, tally, clock, logger } = parts
  const path = join(directory, STATUS_FILE)
  const startedAt = new Date(clock.wallMs()).toISOString()
  let failing = false

  async function write(stopped: boolean): Promise<void> {
    try {
      const facts = await report()
      const status: DaemonStatus = {
        ...facts,
        state: stopped ? 'stopped' : facts.state,
        pid: process.pid,
        started_at: startedAt,
        reported_at: new Date(clock.wallMs()).toISOString(),
        last_errors: tally.lastFaults(),
      }
      await writeFile(`${path}.part`, JSON.stringify(status), { mode: 0o600 })
      await rename(`${path}.part`, path)
      failing = false
    } catch (error) {
      if (!failing) logger.warn({ path, reason: describeError(error) }, 'The status cannot be written')
      failing = true
    }
  }

  return {
    run: async (signal) => {
      while (!signal.aborted) {
        await write(false)
        await pause(PERIOD_MS, signal)
      }
    },
    writeStopped: () => write(true),
  }
}

/** What the last daemon of the directory said; null when none ever wrote or its word cannot be read. */
export function readDaemonStatus(directory: string): DaemonStatus | null {
  try {
    return JSON.parse(readFileSync(join(directory, STATUS_FILE), 'utf8')) as DaemonStatus
  } catch (error) {
    if (error instanceof SyntaxError || codeOf(error) === 'ENOENT') return null
    throw error
  }
}
