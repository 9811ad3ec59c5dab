import { isIP, SocketAddress } from 'node:net'
import { inNetworks } from '@llmbench/providers/addresses'
import type { FastifyRequest } from 'fastify'

/** `10.0.0.1`, `10.0.0.1:50000`, `[2001:db8::1]` and `[2001:db8::1]:50000`, as proxies write them; not `2001:db8::1`. */
const WITH_PORT = /^(?:\[([0-9a-f:.]{2,45})\]|([0-9.]{7,15}))(?::[0-9]{0,5})?$/i
const MAPPED = /^::ffff:(?=[0-9]+\.)/

/**
 * The IP address in text from a proxy or a socket, in canonical form: without port, brackets and zone, IPv4-mapped
 * addresses as IPv4. Null where it is not an address.
 */
export function readAddress(text: string): string | null {
  const plain = text.trim().replace(/%[^\]]*/, '')
  const [, inBrackets, beforePort] = WITH_PORT.exec(plain) ?? []
  const address = inBrackets ?? beforePort ?? plain
  if (isIP(address) === 0) return null
  const family = isIP(address) === 4 ? 'ipv4' : 'ipv6'
  return new SocketAddress({ address, family }).address.replace(MAPPED, '')
}

/** What counts as one client: an IPv4 address, or the /64 of an IPv6 address, the smallest network a client is given. */
export function networkOf(address: string): string {
  if (isIP(address) !== 6) return address
  const [head = '', tail] = address.split('::')
  const before = groupsOf(head)
  const after = groupsOf(tail ?? '')
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0')
  return `${[...before, ...zeros, ...after].slice(0, 4).join(':')}::/64`
}

const groupsOf = (text: string): string[] => (text === '' ? [] : text.split(':'))

/** A check whether an address is one of these addresses and ranges; for Fastify's `trustProxy`. */
export function trustOnly(proxies: readonly string[]): (address: string) => boolean {
  const isTrusted = inNetworks(proxies)
  return (text) => {
    const address = readAddress(text)
    return address !== null && isTrusted(address)
  }
}

/** The client's address by the socket and trusted proxies; the nearest proxy's own where it passed on no address. */
export function clientAddress(request: FastifyRequest): string {
  const farthestFirst = (request.ips ?? [request.ip]).toReversed()
  for (const text of farthestFirst) {
    const address = readAddress(text ?? '')
    if (address !== null) return address
  }
  return 'unknown'
}
