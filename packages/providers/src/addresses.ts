/** How far a request goes that is sent to an address: what may be asked without TLS depends on it. */
import { BlockList, isIP } from 'node:net'

/**
 * `private`: a network of its operator's own. `public`: everything else, link-local addresses and those of cloud
 * metadata services included, where no model is served.
 */
export type Reach = 'loopback' | 'private' | 'public'

const isLoopback = inNetworks(['127.0.0.0/8', '::1/128'])
const isPrivate = inNetworks([
  // RFC 1918
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  // RFC 6598: carriers' own, and what overlay networks such as Tailscale hand out
  '100.64.0.0/10',
  // RFC 4193
  'fc00::/7',
])
/** Metadata services that lie within a private range: Alibaba, AWS, Google. */
const isMetadata = inNetworks(['100.100.100.200/32', 'fd00:ec2::/32', 'fd20:ce::/32'])

/** The reach of an IP address as text, an IPv4 address in IPv6 form included; what is no address is `public`. */
export function reachOf(address: string): Reach {
  if (isLoopback(address)) return 'loopback'
  return isPrivate(address) && !isMetadata(address) ? 'private' : 'public'
}

/** Where plain http may lead: to this machine alone, or into a network of its operator's own as well. */
export type PlainHttp = 'loopback' | 'private'

/**
 * Whether a URL of that host may be plain http. A name may with `private`: what it resolves to is held against the same
 * rule when a connection is opened.
 */
export function mayBePlainHttp(hostname: string, within: PlainHttp): boolean {
  if (hostname === 'localhost') return true
  const address = plainHost(hostname)
  if (isIP(address) === 0) return within === 'private'
  const reach = reachOf(address)
  return reach === 'loopback' || (reach === 'private' && within === 'private')
}

/** The host of a URL as sockets and resolvers take it: IPv6 addresses without their brackets. */
export function plainHost(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '')
}

/** Whether an address as text lies in any of these addresses and networks (`10.0.0.0/8`), which have to be valid. */
export function inNetworks(networks: readonly string[]): (address: string) => boolean {
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', prefix] = network.split('/')
    if (prefix === undefined) list.addAddress(address, familyOf(address))
    else list.addSubnet(address, Number(prefix), familyOf(address))
  }
  return (address) => isIP(address) !== 0 && list.check(address, familyOf(address))
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 4 ? 'ipv4' : 'ipv6'
}
