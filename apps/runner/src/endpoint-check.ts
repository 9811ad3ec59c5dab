/** Whether anybody listens where a provider is to be asked: a connection alone, which costs nothing there. */
import { connect } from 'node:net'
import { plainHost } from '@llmbench/providers'
import type { Environment, Provider } from '@llmbench/providers'
import { readAccess } from './access.ts'
import { describeError } from './faults.ts'

const CONNECT_MS = 5_000

export type EndpointCheck = { readonly ok: boolean; readonly detail: string }

/** What is known of a provider's key and endpoint. Never rejects; takes as long as its two deadlines at most. */
export async function checkEndpoint(provider: Provider, environment: Environment): Promise<EndpointCheck> {
  try {
    const { baseUrl, secrets } = await readAccess(provider, environment)
    const key = secrets.length > 0 ? 'key set; whether it is accepted shows with a run' : 'no key set'
    const fault = await connectionFault(new URL(baseUrl))
    return fault === null
      ? { ok: true, detail: `${key}; ${baseUrl} can be reached` }
      : { ok: false, detail: `${key}; ${baseUrl} cannot be reached: ${fault}` }
  } catch (error) {
    return { ok: false, detail: describeError(error) }
  }
}

function connectionFault({ protocol, hostname, port }: URL): Promise<string | null> {
  const host = plainHost(hostname)
  return new Promise((resolve) => {
    const socket = connect({ host, port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port) })
    const end = (fault: string | null): void => {
      socket.destroy()
      resolve(fault)
    }
    socket.setTimeout(CONNECT_MS, () => end(`connect deadline of ${CONNECT_MS / 1000} s passed`))
    socket.once('connect', () => end(null))
    socket.once('error', (error) => end(describeError(error)))
  })
}
