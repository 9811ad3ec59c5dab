import net, { type AddressInfo, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

export type Relay = {
  readonly port: number
  /** From now on replies are held back once a request holds these bytes; resolves when one did. */
  readonly holdRepliesAfter: (bytes: Buffer) => Promise<void>
  /** Ends every connection and refuses new ones until `restore`. */
  readonly cut: () => void
  readonly restore: () => void
}

/** A TCP relay on loopback to `target`, between a service and its database, for what a network can do to both. */
export async function openRelay(target: { host: string; port: number }): Promise<Relay> {
  const sockets = new Set<Socket>()
  let refusing = false
  let trigger: { bytes: Buffer; seen: () => void } | null = null

  const server = net.createServer((client) => {
    if (refusing) return client.destroy()
    const upstream = net.connect(target)
    let holding = false
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket
        .on('error', () => undefined)
        .on('close', () => {
          sockets.delete(socket)
          client.destroy()
          upstream.destroy()
        })
    }
    client.on('data', (chunk) => {
      if (trigger && chunk.includes(trigger.bytes)) {
        holding = true
        trigger.seen()
      }
      upstream.write(chunk)
    })
    upstream.on('data', (chunk) => {
      if (!holding) client.write(chunk)
    })
    return undefined
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const cut = (): void => {
    refusing = true
    for (const socket of sockets) socket.destroy()
  }
  onTestFinished(() => {
    cut()
    server.close()
  })
  return {
    port: (server.address() as AddressInfo).port,
    holdRepliesAfter: (bytes) =>
      new Promise((resolve) => {
        trigger = { bytes, seen: resolve }
      }),
    cut,
    restore: () => {
      refusing = false
    },
  }
}

/** `uri` by way of the relay; a direct connection, or the driver would learn the real address and go there. */
export function relayedUri(uri: string, relay: Relay): string {
  const url = new URL(uri)
  url.host = `127.0.0.1:${relay.port}`
  url.searchParams.delete('replicaSet')
  url.searchParams.set('directConnection', 'true')
  return url.href
}

export const hostOf = (uri: string): { host: string; port: number } => {
  const { hostname, port } = new URL(uri)
  return { host: hostname, port: Number(port) }
}

/** The bytes of an insert command into `collection`, as the driver sends it. */
export function insertInto(collection: string): Buffer {
  const length = Buffer.alloc(4)
  length.writeInt32LE(collection.length + 1)
  return Buffer.concat([Buffer.from('insert\0'), length, Buffer.from(`${collection}\0`)])
}
