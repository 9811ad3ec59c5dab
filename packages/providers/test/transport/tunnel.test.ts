/** Runs and lists through an HTTP proxy, over real sockets. */
import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { generate } from 'selfsigned'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import type { ProxySettings } from '../../src/proxy.ts'
import { monotonicNs } from '../../src/transport/clock.ts'
import { getDocument } from '../../src/transport/get.ts'
import type { RecordOptions } from '../../src/transport/record.ts'
import { startConnectProxy } from '../support/connect-proxy.ts'
import type { ConnectProxyOptions } from '../support/connect-proxy.ts'
import { recordTape } from '../support/record.ts'

const DEADLINES = { connectMs: 5000, firstTokenMs: 5000, idleMs: 5000, totalMs: 5000 }
const HOST = 'api.example.test'
const PASSWORD = 'proxy-password-0123'

const before = getCACertificates()
let tls: { cert: string; key: string }
let port: number
let close: () => void

/** One server behind every tunnel, with a certificate for its name and for a proxy on this machine. */
beforeAll(async () => {
  const altNames = [
    { type: 2 as const, value: HOST },
    { type: 7 as const, ip: '127.0.0.1' },
  ]
  const extensions = [
    { name: 'basicConstraints' as const, cA: true },
    { name: 'subjectAltName' as const, altNames },
  ]
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'test' }], { extensions })
  tls = { cert, key }
  setDefaultCACertificates([...before, cert])
  const server = createServer(tls, (request, response) => {
    request.resume()
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end(`data: ${request.headers.host}\n\n`)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  port = (server.address() as AddressInfo).port
  close = () => {
    server.close()
    server.closeAllConnections()
  }
})

afterAll(() => {
  setDefaultCACertificates(before)
  close()
})

async function startProxy(options: Partial<ConnectProxyOptions> = {}) {
  const proxy = await startConnectProxy({ port, ...options })
  onTestFinished(proxy.close)
  return proxy
}

async function record(proxy: ProxySettings, options: Partial<RecordOptions> = {}) {
  const exchange = {
    method: 'POST',
    url: `https://${HOST}/v1/x`,
    headers: { 'x-a': 'b' },
    body: '{}',
  } as const
  const tape = await recordTape(exchange, {
    deadlines: DEADLINES,
    hasContent: () => true,
    arrivalNs: monotonicNs,
    proxy,
    ...options,
  })
  return { tape, text: Buffer.concat(tape.reads.map(({ bytes }) => bytes)).toString() }
}

const settings = (origin: string, authorization: string | null = null): ProxySettings => ({
  origin,
  authorization,
  except: [],
})

test('a run goes through a tunnel to the host by its name; proxy, tunnel and TLS are timed apart', async () => {
  const proxy = await startProxy()
  const { tape, text } = await record(settings(proxy.origin))
  expect(tape.failure).toBeNull()
  expect(text).toBe(`data: ${HOST}\n\n`)
  expect(proxy.asked).toEqual([{ target: `${HOST}:443`, authorization: undefined }])
  const { connection } = tape
  expect(connection).toMatchObject({ isProxied: true, remoteAddress: null, tlsVersion: 'TLSv1.3' })
  const parts = [connection.tcpNs ?? 0n, connection.proxyNs ?? 0n, connection.tlsNs ?? 0n]
  for (const part of parts) expect(part).toBeGreaterThan(0n)
  // All of it was before t = 0.
  const opening = parts.reduce((sum, part) => sum + part)
  expect((tape.startNs ?? 0n) - tape.wallAtNs).toBeGreaterThanOrEqual(opening)
})

test('credentials go to the proxy with CONNECT and to nobody else', async () => {
  const proxy = await startProxy()
  const authorization = `Basic ${Buffer.from(`user:${PASSWORD}`).toString('base64')}`
  const { tape } = await record(settings(proxy.origin, authorization))
  expect(tape.failure).toBeNull()
  expect(proxy.asked).toEqual([{ target: `${HOST}:443`, authorization }])
})

test('a proxy that is itself reached over TLS carries the TLS of the host', async () => {
  const proxy = await startProxy({ tls })
  const { tape, text } = await record(settings(proxy.origin))
  expect(tape.failure).toBeNull()
  expect(text).toBe(`data: ${HOST}\n\n`)
})

test('a list of models is read through the tunnel as well', async () => {
  const proxy = await startProxy()
  const limits = { deadlineMs: 5000, maxBytes: 1000 }
  const request = { url: `https://${HOST}/v1/models`, headers: {} }
  expect(await getDocument(request, limits, { proxy: settings(proxy.origin) })).toMatchObject({ status: 200 })
  expect(proxy.asked).toEqual([{ target: `${HOST}:443`, authorization: undefined }])
})

test.each([
  [
    '407 Proxy Authentication Required',
    'ProxyRefused',
    /answered HTTP 407 to CONNECT api\.example\.test:443$/,
  ],
  ['403 Forbidden', 'ProxyRefused', /answered HTTP 403 to CONNECT api\.example\.test:443$/],
  ['502 Bad Gateway', 'ProxyRefused', /answered HTTP 502 to CONNECT api\.example\.test:443$/],
  ['302 Found\r\nlocation: https://login.test', 'ProxyRefused', /answered HTTP 302 to CONNECT/],
])(
  'a proxy that answers %s is the failure of a connection, in words without credentials',
  async (status, name, words) => {
    const answer = (socket: { end: (text: string) => void }): void =>
      socket.end(`HTTP/1.1 ${status}\r\ncontent-length: 0\r\n\r\n`)
    const proxy = await startProxy({ answer })
    const { tape } = await record(settings(proxy.origin, `Basic ${PASSWORD}`))
    expect(tape.failure).toMatchObject({ stage: 'connect', cause: 'network', name })
    expect(tape.failure?.message).toMatch(/^The proxy 127\.0\.0\.1:\d+ /)
    expect(tape.failure?.message).toMatch(words)
    expect(tape.failure?.message).not.toContain(PASSWORD)
    expect(tape.startNs).toBeNull()
    expect(tape.connection).toMatchObject({ isProxied: true, proxyNs: null, tlsNs: null })
  },
)

test.each([
  ['hangs up', (socket: { destroy: () => void }) => socket.destroy(), 'ECONNRESET'],
  [
    'talks something else',
    (socket: { end: (text: string) => void }) => socket.end('SSH-2.0-x\r\n'),
    'HPE_INVALID_CONSTANT',
  ],
])('a proxy that %s is a failure that names it', async (_what, answer, name) => {
  const proxy = await startProxy({ answer })
  const { tape } = await record(settings(proxy.origin))
  expect(tape.failure).toMatchObject({ stage: 'connect', cause: 'network', name })
  expect(tape.failure?.message).toMatch(/^The proxy 127\.0\.0\.1:\d+ cannot be used: /)
})

test('a proxy that is not there, and one whose certificate nobody signed, are failures that name it', async () => {
  const { tape } = await record(settings('http://127.0.0.1:9'))
  expect(tape.failure).toMatchObject({ stage: 'connect', cause: 'network', name: 'ECONNREFUSED' })
  expect(tape.failure?.message).toMatch(/^The proxy 127\.0\.0\.1:9 cannot be used: /)
  const proxy = await startProxy({ tls })
  setDefaultCACertificates(before)
  const { tape: untrusted } = await record(settings(proxy.origin))
  setDefaultCACertificates([...before, tls.cert])
  expect(untrusted.failure?.name).toMatch(/SELF_SIGNED/)
  expect(proxy.asked).toEqual([])
})

test('a proxy that never answers is cut at the connect deadline, and a caller can end it before', async () => {
  const proxy = await startProxy({ answer: () => undefined })
  const deadlines = { ...DEADLINES, connectMs: 200 }
  const { tape } = await record(settings(proxy.origin), { deadlines })
  expect(tape.failure).toMatchObject({ stage: 'connect', cause: 'deadline', deadline: 'connect' })
  const stop = new AbortController()
  setTimeout(() => stop.abort(new Error('Stopped')), 50)
  const { tape: stopped } = await record(settings(proxy.origin), { signal: stop.signal })
  expect(stopped.failure).toMatchObject({ stage: 'connect', cause: 'aborted' })
})

test('a host whose certificate is not its own is refused behind a tunnel too, before a byte of the request', async () => {
  const proxy = await startProxy()
  const exchange = { method: 'POST', url: 'https://other.example.test/v1', headers: {}, body: '{}' } as const
  const tape = await recordTape(exchange, {
    deadlines: DEADLINES,
    hasContent: () => true,
    arrivalNs: monotonicNs,
    proxy: settings(proxy.origin),
  })
  expect(tape.failure).toMatchObject({ stage: 'connect', name: 'ERR_TLS_CERT_ALTNAME_INVALID' })
  expect(tape.startNs).toBeNull()
})
