/** Opens one fresh connection and times its parts: name, TCP, the tunnel of a proxy, TLS. Attempts that failed are in none of them. */
import { connect as connectTcp, isIP } from 'node:net'
import type { LookupFunction, Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { TLSSocket } from 'node:tls'
import { plainHost, reachOf } from '../addresses.ts'
import { proxyFor } from '../proxy.ts'
import type { ProxySettings } from '../proxy.ts'
import { monotonicNs } from './clock.ts'
import { lookupHost } from './lookup.ts'
import type { TapeConnection } from './tape.ts'
import { openTunnel, proxyFailure } from './tunnel.ts'

/** Parts of the opening, filled in as they happen, so that a failed opening still says how far it came. */
export type Opening = { -readonly [key in keyof TapeConnection]: TapeConnection[key] }

/**
 * How long an address may take before the next one is tried. Node's own 250 ms gives up on any address that is farther
 * away than that; after a second the kernel repeats its SYN, so that what has not answered by then will hardly do so.
 */
const ATTEMPT_LIMIT_MS = 1000

export const NOTHING_OPENED: TapeConnection = {
  dnsNs: null,
  tcpNs: null,
  tlsNs: null,
  remoteAddress: null,
  tlsVersion: null,
  isProxied: false,
  proxyNs: null,
}

/** How a host is found and reached. */
export type Route = { readonly lookup?: LookupFunction; readonly proxy?: ProxySettings | null }

/** A name led to an address that nothing may be sent to without TLS. */
class PlainHttpRefused extends Error {
  override readonly name = 'PlainHttpRefused'
  constructor({ hostname }: URL, address: string) {
    super(`${hostname} is ${address}: plain http is sent to loopback and private addresses only, use https`)
  }
}

/**
 * A connected socket, certificate verified where the URL is https. Rejects with the socket's own error, or with the
 * signal's reason; the socket is destroyed in both cases.
 */
export async function openConnection(
  url: URL,
  opening: Opening,
  signal: AbortSignal,
  { lookup = lookupHost, proxy = null }: Route = {},
): Promise<Socket> {
  const via = proxyFor(url, proxy)
  const tcp =
    via === null
      ? await openTcp(url, opening, signal, lookup)
      : await openThrough(via, url, opening, signal, lookup)
  if (url.protocol === 'https:') return await openTls(tcp, url, opening, signal)
  const address = tcp.remoteAddress ?? ''
  // A configured name may resolve to anything: decided here, before a byte is sent.
  if (reachOf(address) !== 'public') return tcp
  tcp.destroy()
  throw new PlainHttpRefused(url, address)
}

/** A connection through that proxy, which is timed in place of the host's own. */
async function openThrough(
  proxy: ProxySettings,
  url: URL,
  opening: Opening,
  signal: AbortSignal,
  lookup: LookupFunction,
): Promise<Socket> {
  const proxyUrl = new URL(proxy.origin)
  opening.isProxied = true
  try {
    const tcp = await openTcp(proxyUrl, opening, signal, lookup)
    // Where the host is only the proxy knows.
    opening.remoteAddress = null
    const startNs = monotonicNs()
    const carrier = proxyUrl.protocol === 'https:' ? await secure(tcp, proxyUrl, signal) : tcp
    const tunnel = await openTunnel(carrier, url, proxy, signal)
    opening.proxyNs = monotonicNs() - startNs
    return tunnel
  } catch (error) {
    throw signal.aborted ? error : proxyFailure(proxy, error)
  }
}

async function openTcp(
  url: URL,
  opening: Opening,
  signal: AbortSignal,
  lookup: LookupFunction,
): Promise<Socket> {
  const host = plainHost(url.hostname)
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port)
  const startNs = monotonicNs()
  let attemptNs = startNs
  const socket = connectTcp({
    host,
    port,
    noDelay: true,
    lookup,
    autoSelectFamilyAttemptTimeout: ATTEMPT_LIMIT_MS,
  })
  // Emitted once for each address of the name: the first tells when the resolver answered.
  socket.once('lookup', () => {
    if (isIP(host) === 0) opening.dnsNs = monotonicNs() - startNs
  })
  // The addresses are tried one after another: the last attempt before the connection is the one that succeeded.
  socket.on('connectionAttempt', () => {
    attemptNs = monotonicNs()
  })
  await settled(socket, 'connect', signal)
  opening.tcpNs = monotonicNs() - attemptNs
  opening.remoteAddress = socket.remoteAddress ?? null
  return socket
}

async function openTls(tcp: Socket, url: URL, opening: Opening, signal: AbortSignal): Promise<TLSSocket> {
  const startNs = monotonicNs()
  const socket = await secure(tcp, url, signal)
  opening.tlsNs = monotonicNs() - startNs
  opening.tlsVersion = socket.getProtocol()
  return socket
}

async function secure(tcp: Socket, url: URL, signal: AbortSignal): Promise<TLSSocket> {
  const host = plainHost(url.hostname)
  const servername = isIP(host) === 0 ? { servername: host } : {}
  // Set here so that NODE_TLS_REJECT_UNAUTHORIZED in somebody's shell cannot open the door.
  const socket = connectTls({
    socket: tcp,
    // The name the certificate is held against; an IP address is no server name (RFC 6066, section 3).
    host,
    ...servername,
    ALPNProtocols: ['http/1.1'],
    rejectUnauthorized: true,
  })
  await settled(socket, 'secureConnect', signal)
  return socket
}

function settled(socket: Socket, event: 'connect' | 'secureConnect', signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => void socket.destroy(signal.reason)
    const detach = (): void => {
      signal.removeEventListener('abort', abort)
      socket.off('error', fail)
      socket.off('close', close)
      socket.off(event, done)
    }
    const done = (): void => {
      detach()
      resolve()
    }
    const fail = (error: Error): void => {
      detach()
      // Late errors of a socket that nobody holds any more must not end the process.
      socket.on('error', () => undefined)
      socket.destroy()
      reject(error)
    }
    const close = (): void =>
      fail(Object.assign(new Error('The connection was closed while it opened'), { code: 'ECONNRESET' }))
    socket.once(event, done)
    socket.once('error', fail)
    socket.once('close', close)
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
  })
}
