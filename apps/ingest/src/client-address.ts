import { BlockList, isIP, SocketAddress } from 'node:net'
import type { FastifyRequest } from 'fastify'

/** `10.0.0.1`, `10.0.0.1:50000`, `[2001:db8::1]` and `[2001:db8::1]:50000`, as proxies write them; not `2001:db8::1`. */
const WITH_PORT = /^(?:\[([0-9a-f:.]{2,45})\]|([0-9.]{7,15}))(?::[0-9]{0,5})?$/i
const MAPPED = /^::ffff:(?=[0-9]+\.)/

/**
 * An IP address out of what a proxy or the system says of a peer: in one spelling, without port, brackets and zone, an
 * IPv4 address never as a mapped one. Null where it is none.
 */
export function readAddress(text: string): string | null {
  const plain = text.trim().replace(/%[^\]]*/, '')
  const [, inBrackets, beforePort] = WITH_PORT.exec(plain) ?? []
  const address = inBrackets ?? beforePort ?? plain
  if (isIP(address) === 0) return null
  const family = isIP(address) === 4 ? 'ipv4' : 'ipv6'
  return new SocketAddress({ address, family }).address.replace(MAPPED, '')
}

/**
 * What counts as one client: an IPv4 address, or the /64 of an IPv6 address, which is the least that anybody is given
 * and all of whose addresses are theirs.
 */
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
  const trusted = new BlockList()
  for (const proxy of proxies) {
    const [address = '', bits] = proxy.split('/')
    const family = isIP(address) === 4 ? 'ipv4' : 'ipv6'
    if (bits === undefined) trusted.addAddress(address, family)
    else trusted.addSubnet(address, Number(bits), family)
  }
  return (text) => {
    const address = readAddress(text)
    return address !== null && trusted.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6')
  }
}

/**
 * Whose request it is, as far as a trusted proxy or the socket says it. Where a proxy did not write an address, the
 * proxy's own is all that is known.
 */
export function clientAddress(request: FastifyRequest): string {
  const farthestFirst = (request.ips ?? [request.ip]).toReversed()
  for (const text of farthestFirst) {
    const address = readAddress(text ?? '')
    if (address !== null) return address
  }
  return 'unknown'
}
