/** Answers requests for lists of models. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { monotonicNs } from '../clock.ts'
import { redactHeaders } from '../redact.ts'
import { sendError, sendJson } from '../send-json.ts'
import { dropConnection } from '../sockets.ts'
import type { ListingSettings } from './listing.ts'
import { pageOf } from './pages.ts'

export type ListingRequest = {
  /** When it came, ns of CLOCK_MONOTONIC. */
  readonly at_ns: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
}

export type Listings = {
  readonly set: (name: string, settings: ListingSettings) => void
  readonly find: (name: string) => ListingSettings | undefined
  /** What was asked for, in order: the newest thousand. */
  readonly requests: (name: string) => readonly ListingRequest[]
  readonly note: (name: string, request: ListingRequest) => void
}

const KEPT_REQUESTS = 1000

/** No list yet. */
export function createListings(): Listings {
  const described = new Map<string, ListingSettings>()
  const asked = new Map<string, ListingRequest[]>()
  return {
    set: (name, settings) => void described.set(name, settings),
    find: (name) => described.get(name),
    requests: (name) => asked.get(name) ?? [],
    note: (name, request) => {
      const requests = asked.get(name) ?? []
      asked.set(name, [...requests, request].slice(-KEPT_REQUESTS))
    },
  }
}

const PATH = /^\/listings\/(?<name>[^/]+)\//

/** Answers a request below `/listings/`; false where the path is none of them. */
export async function serveListing(
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  listings: Listings,
): Promise<boolean> {
  const name = PATH.exec(url.pathname)?.groups?.['name']
  if (name === undefined || request.method !== 'GET') return false
  const settings = listings.find(name)
  if (settings === undefined) {
    sendError(response, 404, `There is no list ${name}`)
    return true
  }
  const at = { at_ns: String(monotonicNs()), path: request.url ?? '' }
  listings.note(name, { ...at, headers: redactHeaders(request.headers) })
  await answerPage(request, response, url, settings)
  return true
}

async function answerPage(
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  settings: ListingSettings,
): Promise<void> {
  const key = keyOf(request)
  if (settings.key !== undefined && key !== settings.key) {
    return sendJson(response, 401, { error: { message: 'The key is not accepted' } })
  }
  const { number, body } = pageOf(settings, url)
  const { fault } = settings
  if (fault === undefined || !('on_page' in fault) || fault.on_page !== number)
    return sendText(response, body)
  switch (fault.kind) {
    case 'status': {
      for (const [header, value] of Object.entries(fault.headers ?? {})) response.setHeader(header, value)
      const message = fault.echo_key ? `${fault.message}: ${key}` : fault.message
      return sendJson(response, fault.status, { error: { message } })
    }
    case 'cut':
      return cut(response, body, fault.after_bytes)
    case 'garbage':
      return sendText(response, fault.body)
    case 'never_answers':
      return
    case 'drip':
      return await drip(response, body, fault.gap_ms)
    case 'huge':
      return sendHuge(response, body, fault.megabytes)
  }
}

function keyOf({ headers }: IncomingMessage): string {
  const key = headers['x-api-key'] ?? headers['api-key'] ?? headers['x-goog-api-key'] ?? headers.authorization
  return String(key ?? '').replace(/^Bearer /, '')
}

function sendText(response: ServerResponse, body: string): void {
  response.writeHead(200, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  })
  response.end(body)
}

function cut(response: ServerResponse, body: string, afterBytes: number): void {
  const bytes = Buffer.from(body)
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': bytes.length })
  const { socket } = response
  response.write(bytes.subarray(0, afterBytes), () => socket !== null && dropConnection(socket))
}

async function drip(response: ServerResponse, body: string, gapMs: number): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/json' })
  for (const byte of Buffer.from(body)) {
    if (response.destroyed) return
    response.write(Buffer.of(byte))
    await sleep(gapMs)
  }
  response.end()
}

const MEGABYTE = 1e6

/** The page with white space before it, which JSON allows: as large as one likes, and whole. */
async function sendHuge(response: ServerResponse, body: string, megabytes: number): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/json' })
  const filler = Buffer.alloc(MEGABYTE, ' ')
  for (let sent = 0; sent < megabytes && !response.destroyed; sent += 1) {
    if (!response.write(filler)) {
      await new Promise<void>((resolve) => {
        response.once('drain', resolve).once('close', resolve)
      })
    }
  }
  response.end(body)
}
