import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { connect } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

export type Connect = { readonly target: string; readonly authorization: string | undefined }

export type ConnectProxy = {
  readonly origin: string
  /** What it was asked for, in order. */
  readonly asked: readonly Connect[]
  readonly close: () => Promise<void>
}

export type ConnectProxyOptions = {
  /** Where every tunnel leads, whatever host it is asked for. */
  readonly port?: number
  /** Answers a CONNECT in place of opening a tunnel. */
  readonly answer?: (socket: Socket) => void
  readonly tls?: { readonly cert: string; readonly key: string }
}

/** A real HTTP proxy on loopback that opens tunnels. */
export async function startConnectProxy({
  port = 9,
  answer,
  tls,
}: ConnectProxyOptions): Promise<ConnectProxy> {
  const asked: Connect[] = []
  const sockets = new Set<Socket>()
  const server = tls === undefined ? createServer() : createTlsServer(tls)
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
  })
  server.on('connect', (request: IncomingMessage, client: Socket) => {
    asked.push({ target: request.url ?? '', authorization: request.headers['proxy-authorization'] })
    client.on('error', () => undefined)
    if (answer !== undefined) return answer(client)
    const upstream = connect(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n')
      upstream.pipe(client).pipe(upstream)
    })
    sockets.add(upstream)
    return upstream.on('error', () => client.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    origin: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
