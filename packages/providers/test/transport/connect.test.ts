/** What the opening of a connection costs, whichever of a name's addresses answers. */
import type { LookupAddress } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { monotonicNs } from '../../src/transport/clock.ts'
import { NOTHING_OPENED, openConnection } from '../../src/transport/connect.ts'
import type { Opening } from '../../src/transport/connect.ts'
import { getDocument } from '../../src/transport/get.ts'
import { lookupHost } from '../../src/transport/lookup.ts'
import { recordTape } from '../support/record.ts'
import { LAST_CHUNK, startTcpServer, STREAM_HEAD } from '../support/tcp-server.ts'
import type { TcpServer } from '../support/tcp-server.ts'

const DEADLINES = { connectMs: 5000, firstTokenMs: 5000, idleMs: 5000, totalMs: 5000 }
const NEVER = new AbortController().signal

let server: TcpServer | undefined
afterEach(async () => server?.close())

/** A resolver that answers with these addresses after a while. */
const resolver =
  (addresses: readonly string[], afterMs = 0): LookupFunction =>
  (_host, _options, callback) => {
    const found: LookupAddress[] = addresses.map((address) => ({
      address,
      family: address.includes(':') ? 6 : 4,
    }))
    setTimeout(() => callback(null, found), afterMs)
  }

/** Opens and closes a connection to a name; returns what was noted and how long all of it took. */
async function open(lookup: LookupFunction, port: string) {
  const opening: Opening = { ...NOTHING_OPENED }
  const startNs = monotonicNs()
  const socket = await openConnection(new URL(`http://api.example:${port}`), opening, NEVER, { lookup })
  const tookMs = Number(monotonicNs() - startNs) / 1e6
  socket.destroy()
  return { opening, tookMs, tcpMs: Number(opening.tcpNs) / 1e6, dnsMs: Number(opening.dnsNs) / 1e6 }
}

/** On a machine that cannot route it at all the attempt fails at once, which is an attempt that failed as well. */
const SILENT = '2001:db8::1'

test.each([
  ['one that never answers', [SILENT, '127.0.0.1']],
  ['one that refuses', ['::1', '127.0.0.1']],
  ['several that refuse', ['::1', '127.0.0.3', '127.0.0.2', '127.0.0.1']],
])('attempts before the one that succeeded are no part of tcp_seconds: %s', async (_title, addresses) => {
  server = await startTcpServer(() => undefined)
  const { port } = new URL(server.url)
  const alone = await open(resolver(['127.0.0.1']), port)
  const { opening, tookMs, tcpMs } = await open(resolver(addresses), port)
  expect(opening.remoteAddress).toBe('127.0.0.1')
  expect(tcpMs).toBeGreaterThan(0)
  // Both are a handshake on loopback; a silent address alone takes a second before the next one is tried.
  expect(tcpMs).toBeLessThan(Math.max(100, 20 * alone.tcpMs))
  expect(tcpMs).toBeLessThan(tookMs)
})

test('the time of the resolver is dns_seconds, and no part of tcp_seconds', async () => {
  server = await startTcpServer(() => undefined)
  const { dnsMs, tcpMs } = await open(resolver(['::1', '127.0.0.1'], 120), new URL(server.url).port)
  expect(dnsMs).toBeGreaterThanOrEqual(118)
  expect(tcpMs).toBeLessThan(118)
})

test('a name none of whose addresses answers has no tcp_seconds', async () => {
  server = await startTcpServer(() => undefined)
  const { port } = new URL(server.url)
  await server.close()
  const opening: Opening = { ...NOTHING_OPENED }
  const opened = openConnection(new URL(`http://api.example:${port}`), opening, NEVER, {
    lookup: resolver(['::1', '127.0.0.1']),
  })
  await expect(opened).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  expect(opening).toMatchObject({ tcpNs: null, remoteAddress: null })
})

describe.each(['::1', '127.0.0.1'])('a server on %s alone', (address) => {
  const answer = (socket: { write: (text: string) => unknown }) => socket.write(STREAM_HEAD + LAST_CHUNK)

  test.each(['localhost', 'LOCALHOST', 'model.localhost', 'localhost.'])(
    'is found under %s',
    async (host) => {
      server = await startTcpServer(answer, address)
      const url = `http://${host}:${new URL(server.url).port}/`
      const exchange = { method: 'POST', url, headers: {}, body: '' } as const
      const tape = await recordTape(exchange, {
        deadlines: DEADLINES,
        hasContent: () => true,
        arrivalNs: monotonicNs,
      })
      expect(tape.failure).toBeNull()
      expect(tape.connection.remoteAddress).toBe(address)
      expect(tape.connection.dnsNs).toBeGreaterThan(0n)
    },
  )

  test('is found by a reader of documents', async () => {
    server = await startTcpServer(answer, address)
    const request = { url: `http://localhost:${new URL(server.url).port}/`, headers: {} }
    expect(await getDocument(request, { deadlineMs: 5000, maxBytes: 1000 })).toMatchObject({ status: 200 })
  })
})

test('nothing behind localhost is a refusal that names both addresses', async () => {
  server = await startTcpServer(() => undefined)
  const { port } = new URL(server.url)
  await server.close()
  const exchange = { method: 'POST', url: `http://localhost:${port}/`, headers: {}, body: '' } as const
  const tape = await recordTape(exchange, {
    deadlines: DEADLINES,
    hasContent: () => true,
    arrivalNs: monotonicNs,
  })
  expect(tape.failure).toMatchObject({ stage: 'connect', name: 'ECONNREFUSED' })
  expect(tape.failure?.message).toContain('127.0.0.1')
  expect(tape.failure?.message).toContain('::1')
})

test('each loopback address is tried once, the system’s own answer first', async () => {
  const found = await new Promise<readonly LookupAddress[]>((resolve) =>
    lookupHost('localhost', { all: true }, (_error, addresses) => resolve(addresses as LookupAddress[])),
  )
  const addresses = found.map(({ address }) => address)
  expect([...addresses].sort()).toEqual(['127.0.0.1', '::1'])
})
