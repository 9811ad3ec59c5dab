/** The server: model requests on one side, the control API on the other. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { answer } from './answer.ts'
import type { Answering } from './answer.ts'
import { monotonicNs } from './clock.ts'
import { handleControl } from './control/routes.ts'
import { routeOf } from './dialects/route.ts'
import { createListings, serveListing } from './listings/serve.ts'
import type { Listings } from './listings/serve.ts'
import { parseJson, readBody } from './read-body.ts'
import { createRuns } from './runs.ts'
import { createScenarios } from './scenarios.ts'
import { createScheduler } from './scheduler.ts'
import { sendError } from './send-json.ts'

export type SimulatorOptions = {
  /** Loopback by default. */
  readonly host?: string
  /** 0, the default, takes a free one. */
  readonly port?: number
  /** Certificate and key in PEM; without them plain HTTP. */
  readonly tls?: { readonly cert: string | Buffer; readonly key: string | Buffer } | undefined
}

export type Simulator = {
  /** `http://127.0.0.1:43211` */
  readonly address: string
  /** Cuts every connection and stops listening. */
  readonly close: () => Promise<void>
}

/**
 * Starts a simulator in this process, for tests to which time does not matter: it shares their event loop. Rejects
 * when the port cannot be had.
 */
export async function startSimulator({
  host = '127.0.0.1',
  port = 0,
  tls,
}: SimulatorOptions = {}): Promise<Simulator> {
  const server = createListener(createHandler(), tls)
  server.listen(port, host)
  await once(server, 'listening')
  const { port: bound } = server.address() as AddressInfo
  return {
    address: `${tls === undefined ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

function createListener(handler: RequestListener, tls: SimulatorOptions['tls']): Server {
  // Long enough that a client's idle connection is never closed under its next request.
  const options = { noDelay: true, keepAliveTimeout: 65_000 }
  return tls === undefined ? createServer(options, handler) : createTlsServer({ ...options, ...tls }, handler)
}

function createHandler(): RequestListener {
  let runs = 0
  const answering: Answering & { readonly listings: Listings } = {
    scenarios: createScenarios(),
    runs: createRuns(),
    scheduler: createScheduler(),
    listings: createListings(),
    nextNumber: () => (runs += 1),
  }
  return (request, response) => {
    respond(request, response, answering).catch((error: unknown) => {
      const bad = error instanceof URIError
      if (!response.headersSent) sendError(response, bad ? 400 : 500, String(error))
      else response.destroy()
    })
  }
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  answering: Answering & { readonly listings: Listings },
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://simulator.invalid')
  if (url.pathname.startsWith('/control/')) return handleControl(request, response, url, answering)
  if (await serveListing(request, response, url, answering.listings)) return
  const route = request.method === 'POST' ? routeOf(url.pathname) : undefined
  if (route === undefined) return sendError(response, 404, `There is no ${request.method} ${url.pathname}`)
  const bytes = await readBody(request)
  const receivedNs = monotonicNs()
  const body = bytes === null ? undefined : parseJson(bytes)
  if (body === undefined) return sendError(response, 400, 'The body is no JSON document of at most 16 MiB')
  const model = route.model ?? modelOf(body)
  if (model === undefined)
    return sendError(response, 400, 'The request names no model, in its path or its body')
  answer(request, response, { dialect: route.dialect, model, body, receivedNs }, answering)
}

function modelOf(body: unknown): string | undefined {
  const model = typeof body === 'object' && body !== null && 'model' in body ? body.model : undefined
  return typeof model === 'string' ? model : undefined
}
