import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** Where a connection is cut: after so many bytes of the request, or of the answer. */
export type Cut = { readonly of: 'request' | 'answer'; readonly bytes: number }

export type CuttingProxy = {
  readonly port: number
  /** Where each connection is cut from now on; null nowhere. */
  cut: Cut | null
  /** Whether answers are counted and lost. */
  lose: boolean
  /** Bytes of requests and of answers that have passed. */
  readonly passed: { request: number; answer: number }
}

/** A plain TCP proxy on loopback to that port. */
export async function startCuttingProxy(target: number): Promise<CuttingProxy> {
  const sockets = new Set<Socket>()
  const proxy = { port: 0, cut: null as Cut | null, lose: false, passed: { request: 0, answer: 0 } }
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1')
    const end = (): void => {
      client.destroy()
      upstream.destroy()
    }
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', end).on('close', end)
    }
    pump(proxy, { of: 'request', from: client, to: upstream, end })
    pump(proxy, { of: 'answer', from: upstream, to: client, end })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  proxy.port = (server.address() as AddressInfo).port
  return proxy
}

type Direction = { of: Cut['of']; from: Socket; to: Socket; end: () => void }

function pump(proxy: CuttingProxy, { of, from, to, end }: Direction): void {
  // As it was when the connection began.
  const limit = proxy.cut?.of === of ? proxy.cut.bytes : Infinity
  let count = 0
  // A cut before the first byte: not even one is waited for in that direction.
  if (limit === 0) from.once('readable', end)
  else
    from.on('data', (chunk: Buffer) => {
      const part = chunk.subarray(0, limit - count)
      count += part.length
      proxy.passed[of] += part.length
      if (proxy.lose && of === 'answer') end()
      else if (count < limit) to.write(part)
      else to.write(part, end)
    })
}
