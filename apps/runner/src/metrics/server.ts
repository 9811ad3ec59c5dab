/** `GET /metrics` on loopback. */
import { createServer } from 'node:http'
import type { ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Logger } from 'pino'
import type { Clock } from '../clock.ts'
import { describeError } from '../faults.ts'
import type { Reporter } from '../report.ts'
import { createMetrics } from './metrics.ts'

const REQUEST_DEADLINE_MS = 5000

export type MetricsServerParts = {
  /** 0 picks one. */
  readonly port: number
  readonly report: Reporter
  readonly clock: Clock
  readonly logger: Logger
}

/**
 * Serves metrics until the signal aborts; the address is logged. A port that cannot be had is logged and serves
 * nothing: whoever wants to look must not stop the measuring.
 */
export function serveMetrics({ port, report, clock, logger }: MetricsServerParts, signal: AbortSignal): void {
  const render = createMetrics()
  const answer = async (response: ServerResponse): Promise<void> => {
    try {
      const text = await render(await report(), clock.wallMs())
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(text)
    } catch (error) {
      logger.warn({ reason: describeError(error) }, 'The metrics cannot be told')
      response.writeHead(503).end()
    }
  }
  const limits = { headersTimeout: REQUEST_DEADLINE_MS, requestTimeout: REQUEST_DEADLINE_MS }
  const server = createServer(limits, (request, response) => {
    if (request.method === 'GET' && request.url === '/metrics') void answer(response)
    else response.writeHead(404).end()
  })
  server.on('error', (error) =>
    logger.error({ port, reason: describeError(error), alarm: true }, 'RUNNER_METRICS_PORT cannot be used'),
  )
  server.on('listening', () => {
    const { address, port: actual } = server.address() as AddressInfo
    logger.info({ address: `http://${address}:${actual}` }, 'listening')
  })
  const end = (): void => {
    server.close()
    server.closeAllConnections()
  }
  signal.addEventListener('abort', end, { once: true })
  server.listen(port, '127.0.0.1')
}
