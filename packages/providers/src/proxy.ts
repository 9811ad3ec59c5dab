/** Which requests go through a proxy. Pure. */
import { isIP } from 'node:net'
import { inNetworks, plainHost, reachOf } from './addresses.ts'

/** An HTTP proxy that opens tunnels with CONNECT. */
export type ProxySettings = {
  /** Scheme, host and port alone: `http://proxy.example:3128`, or https where the proxy itself is reached over TLS. */
  readonly origin: string
  /** The value of `proxy-authorization`, or null. A secret. */
  readonly authorization: string | null
  /** The hosts that are reached directly, as NO_PROXY names them. */
  readonly except: readonly string[]
}

/**
 * The proxy for a URL, or null where it is reached directly: plain http, which leads into the operator's own network
 * only, this machine, and the hosts that are excepted.
 */
export function proxyFor(url: URL, proxy: ProxySettings | null): ProxySettings | null {
  if (proxy === null || url.protocol !== 'https:') return null
  const host = hostOf(url)
  if (host === 'localhost' || reachOf(host) === 'loopback') return null
  const port = url.port === '' ? '443' : url.port
  return proxy.except.some((entry) => covers(entry.toLowerCase(), host, port)) ? null : proxy
}

/** `*`, a domain with all below it, an address or a network; each with a port or for all of them. */
function covers(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true
  const { name, onlyPort } = splitPort(entry)
  if (onlyPort !== null && onlyPort !== port) return false
  if (isIP(host) !== 0) return coversAddress(name, host)
  const domain = name.replace(/^\*?\./, '').replace(/\.$/, '')
  return domain !== '' && (host === domain || host.endsWith(`.${domain}`))
}

/** `host:443`, `[::1]:443`, `[::1]`, or a name, address or network without a port. */
function splitPort(entry: string): { readonly name: string; readonly onlyPort: string | null } {
  const bracket = entry.startsWith('[') ? entry.indexOf(']') : -1
  const colon = entry.lastIndexOf(':')
  if (bracket > 0)
    return { name: entry.slice(1, bracket), onlyPort: colon > bracket ? entry.slice(colon + 1) : null }
  // An IPv6 address has colons of its own.
  if (colon === -1 || entry.indexOf(':') !== colon) return { name: entry, onlyPort: null }
  return { name: entry.slice(0, colon), onlyPort: entry.slice(colon + 1) }
}

function coversAddress(entry: string, address: string): boolean {
  const [network = '', bits] = entry.split('/')
  const version = isIP(network)
  if (version === 0 || version !== isIP(address)) return false
  const longest = version === 4 ? 32 : 128
  const prefix = bits === undefined ? longest : Number(bits)
  if (!Number.isInteger(prefix) || prefix < 0 || prefix > longest) return false
  return inNetworks([`${network}/${prefix}`])(address)
}

function hostOf({ hostname }: URL): string {
  return plainHost(hostname).replace(/\.$/, '')
}
