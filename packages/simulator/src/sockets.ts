import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'

/** Drops the connection at once: with a reset, or over TLS, where Node knows none, by closing it. */
export function dropConnection(socket: Socket): void {
  if (socket instanceof TLSSocket) socket.destroy()
  else socket.resetAndDestroy()
}
