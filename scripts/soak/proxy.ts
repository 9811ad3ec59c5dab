/** A TCP proxy on loopback that does to the runner's batches what networks do: a fault for each, drawn by chance. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { openExchange } from './exchange.ts'
import type { Exchange } from './exchange.ts'
import type { FaultKind } from './fault.ts'
import { createDeck } from './random.ts'
import type { Random } from './random.ts'

/** A fair share of the batches passes untouched. */
const UNTOUCHED = [null, null, null]

export type FaultyProxy = {
  readonly address: string
  /** How many faults of each kind have struck. */
  readonly struck: () => Readonly<Record<string, number>>
  /** How many batches the server has answered, whether the answer arrived or not. */
  readonly answered: () => number
  /** No more faults from now on. */
  readonly calm: () => void
  readonly close: () => Promise<void>
}

/** Starts the proxy with those faults; `target` is the address of the server behind, or null while there is none. */
export async function startFaultyProxy(
  target: () => string | null,
  kinds: readonly FaultKind[],
  random: Random,
): Promise<FaultyProxy> {
  const struck = new Map(kinds.map((kind) => [kind, 0]))
  const deal = createDeck([...kinds, ...UNTOUCHED.slice(0, kinds.length + 1)], random)
  let answered = 0
  const sockets = new Set<Socket>()
  let isCalm = false
  const server = createServer((client) => {
    const known = target()
    if (known === null) return void client.destroy()
    track(sockets, client)
    serveConnection(client, new URL(known), (path) => ({
      kind: isCalm || path !== '/ingest/batch' ? null : deal(),
      random,
      strike: (kind) => struck.set(kind, (struck.get(kind) ?? 0) + 1),
      answered: () => (answered += path === '/ingest/batch' ? 1 : 0),
      upstream: (socket) => track(sockets, socket),
    }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    struck: () => Object.fromEntries(struck),
    answered: () => answered,
    calm: () => (isCalm = true),
    close: () => closeAll(server, sockets),
  }
}

/** One exchange after the other on a connection; the runner never sends the next request before the answer. */
function serveConnection(
  client: Socket,
  target: URL,
  draw: (path: string) => Parameters<typeof openExchange>[2],
): void {
  let exchange: Exchange | null = null
  client.on('data', (chunk: Buffer) => {
    if (exchange === null || exchange.isAnswered()) {
      exchange?.end()
      exchange = openExchange(client, target, draw(pathOf(chunk)))
    }
    exchange.take(chunk)
  })
  client.on('close', () => exchange?.end())
}

function pathOf(head: Buffer): string {
  return /^[A-Z]+ (\S+) HTTP/.exec(head.toString('latin1', 0, 200))?.[1] ?? ''
}

function track(sockets: Set<Socket>, socket: Socket): void {
  sockets.add(socket)
  socket.setNoDelay(true)
  socket.on('error', () => undefined)
  socket.on('close', () => sockets.delete(socket))
}

async function closeAll(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  for (const socket of sockets) socket.destroy()
  await closed
}
