import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer, getCACertificates, setDefaultCACertificates } from 'node:tls'
import { generate } from 'selfsigned'
import { expect, test } from 'vitest'
import { monotonicNs } from '../../src/transport/clock.ts'
import { recordTape } from '../support/record.ts'
import { LAST_CHUNK, STREAM_HEAD } from '../support/tcp-server.ts'

const DEADLINES = { connectMs: 5000, firstTokenMs: 5000, idleMs: 5000, totalMs: 5000 }

/** Records one exchange with a TLS server whose certificate names these hosts. */
async function recordOverTls(host: string, names: { ip?: string; dns?: string }, trusted: boolean) {
  const altNames =
    names.ip === undefined
      ? [{ type: 2 as const, value: names.dns ?? '' }]
      : [{ type: 7 as const, ip: names.ip }]
  const extensions = [
    { name: 'basicConstraints' as const, cA: true },
    { name: 'subjectAltName' as const, altNames },
  ]
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'test' }], { extensions })
  let received = 0
  const server = createServer({ cert, key }, (socket) => {
    socket.on('error', () => undefined)
    socket.once('data', (bytes) => {
      received += bytes.length
      socket.write(STREAM_HEAD + LAST_CHUNK)
    })
  })
  server.on('tlsClientError', () => undefined)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const before = getCACertificates()
  if (trusted) setDefaultCACertificates([...before, cert])
  try {
    const url = `https://${host}:${(server.address() as AddressInfo).port}/`
    const tape = await recordTape(
      { method: 'POST', url, headers: {}, body: '' },
      { deadlines: DEADLINES, hasContent: () => true, arrivalNs: monotonicNs },
    )
    return { tape, received }
  } finally {
    setDefaultCACertificates(before)
    server.close()
  }
}

test.each([
  ['127.0.0.1', { ip: '127.0.0.1' }],
  ['localhost', { dns: 'localhost' }],
])('a trusted certificate of %s is accepted and its handshake is timed apart', async (host, names) => {
  const { tape } = await recordOverTls(host, names, true)
  expect(tape.failure).toBeNull()
  expect(tape.connection.tlsNs).toBeGreaterThan(0n)
  expect(tape.connection.tlsVersion).toBe('TLSv1.3')
  expect(tape.startNs ?? 0n).toBeGreaterThanOrEqual(tape.wallAtNs + (tape.connection.tlsNs ?? 0n))
})

test('a certificate nobody signed is refused before a byte of the request is sent', async () => {
  const { tape, received } = await recordOverTls('127.0.0.1', { ip: '127.0.0.1' }, false)
  expect(tape.failure).toMatchObject({ stage: 'connect', cause: 'network' })
  expect(tape.failure?.name).toMatch(/CERT/)
  expect(received).toBe(0)
})

test('a certificate of another host is refused', async () => {
  const { tape, received } = await recordOverTls('127.0.0.1', { ip: '127.0.0.2' }, true)
  expect(tape.failure).toMatchObject({ stage: 'connect', name: 'ERR_TLS_CERT_ALTNAME_INVALID' })
  expect(received).toBe(0)
})
