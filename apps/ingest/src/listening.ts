import { lookup } from 'node:dns/promises'
import type { FastifyInstance } from 'fastify'
import { ConfigFault, WorkFault } from './errors.ts'

export type ListenAt = {
  readonly host: string
  readonly port: number
  /** The variables that say so. */
  readonly named: { readonly host: string; readonly port: string }
}

/** Listens and returns the address. Throws `ConfigFault` for a host that does not resolve, `WorkFault` where listening fails. */
export async function listen(app: FastifyInstance, { host, port, named }: ListenAt): Promise<string> {
  try {
    // For "localhost" Fastify would add a second server without our limits and handlers.
    const bound = host === 'localhost' ? (await lookup(host)).address : host
    return await app.listen({ host: bound, port, listenTextResolver: () => 'bound' })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
      throw new ConfigFault(`${named.host} must be an address of this machine, or a name that leads to one`)
    const reason: string | undefined = {
      EADDRINUSE: `the port is taken; choose another with ${named.port}, or ${named.port}=0 for any`,
      EADDRNOTAVAIL: `this machine has no such address; see ${named.host}`,
      EACCES: `no permission to listen there; see ${named.host} and ${named.port}`,
    }[code]
    if (reason === undefined) throw error
    throw new WorkFault(`Cannot listen on ${host}:${port}: ${reason}`)
  }
}
