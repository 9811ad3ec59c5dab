import net, { type AddressInfo, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** The address of a plain TCP balancer on loopback: connections go to the targets in turn, byte for byte. */
export async function openBalancer(targets: readonly string[]): Promise<string> {
  const sockets = new Set<Socket>()
  let turn = 0
  const server = net.createServer((client) => {
    const { hostname, port } = new URL(targets[turn++ % targets.length] ?? '')
    const upstream = net.connect(Number(port), hostname)
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
    client.pipe(upstream).pipe(client)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
