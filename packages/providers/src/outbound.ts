/** How requests leave this machine, whatever they ask for. */
import type { ProxySettings } from './proxy.ts'

export type Outbound = {
  /** The `user-agent` of every request: name, version, and whom to ask about it. */
  readonly userAgent: string
  /** Null: nothing goes through a proxy. */
  readonly proxy: ProxySettings | null
}

/** For callers without a configuration of their own, such as a benchmark on loopback. */
export const PLAIN_OUTBOUND: Outbound = { userAgent: 'llmbench', proxy: null }

/** The headers with this user agent, in place of any other: the AWS SDK signs a request and names itself in it. */
export function withUserAgent(
  headers: Readonly<Record<string, string>>,
  { userAgent }: Pick<Outbound, 'userAgent'>,
): Record<string, string> {
  const others = Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'user-agent')
  return { ...Object.fromEntries(others), 'user-agent': userAgent }
}
