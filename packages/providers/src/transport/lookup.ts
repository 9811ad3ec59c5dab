/** Resolves names as the system does, and `localhost` to both loopback addresses. */
import { lookup } from 'node:dns'
import type { LookupAddress } from 'node:dns'
import type { LookupFunction } from 'node:net'

const LOOPBACK: readonly LookupAddress[] = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
]

/**
 * The system's answer, for `localhost` and names below it with the loopback addresses that it leaves out. Many hosts
 * files, those of containers above all, name 127.0.0.1 alone, and a server on ::1 would not be found.
 * https://www.rfc-editor.org/rfc/rfc6761#section-6.3
 */
export const lookupHost: LookupFunction = (host, options, callback) => {
  if (options.all !== true || !isLocalhost(host)) return lookup(host, options, callback)
  lookup(host, { ...options, all: true }, (error, addresses) => {
    const known = error === null ? addresses : []
    const found = new Set(known.map(({ address }) => address))
    callback(null, [...known, ...LOOPBACK.filter(({ address }) => !found.has(address))])
  })
}

function isLocalhost(host: string): boolean {
  return /(^|\.)localhost\.?$/i.test(host)
}
