/** A tunnel through an HTTP proxy. */
import { request } from 'node:http'
import type { Socket } from 'node:net'
import type { ProxySettings } from '../proxy.ts'
import { codeOf, messageOf } from './failure.ts'

/** The proxy answered, and opened no tunnel. */
class ProxyRefused extends Error {
  override readonly name = 'ProxyRefused'
  constructor({ origin }: ProxySettings, target: string, status: number) {
    super(`The proxy ${new URL(origin).host} answered HTTP ${status} to CONNECT ${target}`)
  }
}

/**
 * The connection to the proxy, once it carries bytes to the host of that URL. Rejects with ProxyRefused, the
 * connection's own error or the signal's reason; the connection is destroyed in each of these cases.
 * https://www.rfc-editor.org/rfc/rfc9110#section-9.3.6
 */
export async function openTunnel(
  carrier: Socket,
  url: URL,
  proxy: ProxySettings,
  signal: AbortSignal,
): Promise<Socket> {
  const target = `${url.hostname}:${url.port === '' ? 443 : url.port}`
  const authorization = proxy.authorization === null ? {} : { 'proxy-authorization': proxy.authorization }
  const asking = request({
    method: 'CONNECT',
    path: target,
    headers: { host: target, ...authorization },
    createConnection: () => carrier,
  })
  try {
    return await new Promise<Socket>((resolve, reject) => {
      const abort = (): void => reject(signal.reason as Error)
      const settle = (): void => signal.removeEventListener('abort', abort)
      asking.once('connect', ({ statusCode = 0 }, _socket, head) => {
        settle()
        if (statusCode < 200 || statusCode > 299) return reject(new ProxyRefused(proxy, target, statusCode))
        if (head.length > 0) carrier.unshift(head)
        return resolve(carrier)
      })
      asking.once('error', (error) => {
        settle()
        reject(error)
      })
      if (signal.aborted) abort()
      else signal.addEventListener('abort', abort, { once: true })
      asking.end()
    })
  } catch (error) {
    // Late errors of a connection that nobody holds any more must not end the process.
    for (const each of [asking, carrier]) each.on('error', () => undefined)
    carrier.destroy()
    throw error
  }
}

/** A failure on the way to the proxy, in words that name it; the code of the error stays. */
export function proxyFailure({ origin }: ProxySettings, error: unknown): Error {
  if (error instanceof ProxyRefused) return error
  const words = `The proxy ${new URL(origin).host} cannot be used: ${messageOf(error)}`
  return Object.assign(new Error(words), { code: codeOf(error) })
}
