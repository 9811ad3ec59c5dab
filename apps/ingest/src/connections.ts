import type { Server } from 'node:http'
import type { Logger } from 'pino'
import { saySeldom } from './seldom.ts'

/** Descriptors for everything but client connections: store, logs, child processes, static files, DNS. */
const RESERVE = 96
const LEAST = 16
/** Each connection costs memory, and no fleet needs more. */
const MOST = 10_000
const SAY_EVERY_MS = 60_000

/** Client connections for a process with this limit of open files. */
export const connectionLimit = (openFiles: number): number =>
  Math.max(LEAST, Math.min(MOST, openFiles - RESERVE))

/** The process's soft limit of open files; null where it is unknown. */
export function openFilesLimit(report: NodeJS.ProcessReport): number | null {
  const { userLimits } = report.getReport() as { userLimits?: { open_files?: { soft?: unknown } } }
  const soft = userLimits?.open_files?.soft
  if (soft === 'unlimited') return Number.POSITIVE_INFINITY
  return typeof soft === 'number' ? soft : null
}

/**
 * Limits concurrent connections. At the limit new connections are closed, and so are idle keep-alive connections, so
 * that a retry finds room.
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
    say({ limit }, 'Connection limit reached: closing new connections')
  })
  // Errors of listening itself are handled by `listen`.
  server.on('error', (err: NodeJS.ErrnoException) => {
    if (err.syscall === 'accept') say({ err }, 'Accepting a connection failed')
  })
}
