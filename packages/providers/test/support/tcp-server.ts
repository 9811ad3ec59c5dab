import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

export type TcpServer = {
  readonly url: string
  /** Every connection that was accepted, in order. */
  readonly sockets: readonly Socket[]
  /** What clients wrote, in order of arrival. */
  readonly received: () => string
  readonly close: () => Promise<void>
}

/** A loopback server that hands each connection to `answer` once the request's head has arrived. */
export async function startTcpServer(
  answer: (socket: Socket) => void,
  host = '127.0.0.1',
): Promise<TcpServer> {
  const sockets: Socket[] = []
  let received = ''
  const server = createServer((socket) => {
    sockets.push(socket)
    let answered = false
    socket.setNoDelay(true)
    socket.on('error', () => undefined)
    socket.on('data', (bytes) => {
      received += String(bytes)
      if (answered || !received.includes('\r\n\r\n')) return
      answered = true
      answer(socket)
    })
  })
  server.listen(0, host)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    sockets,
    received: () => received,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

export const STREAM_HEAD =
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n'

/** The text as one HTTP chunk. */
export function httpChunk(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`
}

export const LAST_CHUNK = '0\r\n\r\n'
