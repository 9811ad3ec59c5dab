import type { Server } from 'node:http'
import type { Logger } from 'pino'
import { saySeldom } from './seldom.ts'

/** Descriptors that are no connections of clients: the store's, the log's, a notifier's, whatever is opened for a moment. */
const RESERVE = 96
const LEAST = 16
/** More than any fleet has; each costs memory. */
const MOST = 10_000
const SAY_EVERY_MS = 60_000

/**
 * How many connections a process may have that is allowed so many open files. With none left it could not even read its
 * own memory usage, which some libraries take for impossible.
 */
export const connectionLimit = (openFiles: number): number =>
  Math.max(LEAST, Math.min(MOST, openFiles - RESERVE))

/** How many files this process may have open; null where the system does not say. */
export function openFilesLimit(report: NodeJS.ProcessReport): number | null {
  const { userLimits } = report.getReport() as { userLimits?: { open_files?: { soft?: unknown } } }
  const soft = userLimits?.open_files?.soft
  if (soft === 'unlimited') return Number.POSITIVE_INFINITY
  return typeof soft === 'number' ? soft : null
}

/**
 * Takes at most so many connections at a time. Beyond that a new one is closed, and so are those that only wait for a
 * next request: there is room again when the client comes back.
 */
export function boundConnections(server: Server, limit: number, logger: Pick<Logger, 'warn'>): void {
  server.maxConnections = limit
  const due = saySeldom(SAY_EVERY_MS)
  const say = (fields: Record<string, unknown>, message: string): void => {
    const unsaid = due(message)
    if (unsaid !== null) logger.warn({ ...fields, unsaid }, message)
  }
  server.on('drop', () => {
    server.closeIdleConnections()
    say({ limit }, 'More connections than can be served: new ones are closed')
  })
  // One that could not be accepted is the client's to make again; that it cannot listen is told by `listen`.
  server.on('error', (err: NodeJS.ErrnoException) => {
    if (err.syscall === 'accept') say({ err }, 'A connection could not be accepted')
  })
}
