/** Row 10: the ingest's certificate is not to be trusted. */
import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { generate } from 'selfsigned'
import { expect, onTestFinished, test } from 'vitest'
import { deliver, FOREVER } from '../support/deliveries.ts'
import { startFilledOutbox } from '../support/outboxes.ts'

const DAY_MS = 86_400_000

type Certificate = { readonly trusted: boolean; readonly ip: string; readonly daysLeft: number }

/** An https server on loopback with that certificate; `requests` is how many requests it has seen. */
async function startTlsServer({
  trusted,
  ip,
  daysLeft,
}: Certificate): Promise<{ url: string; requests: () => number }> {
  const extensions = [
    { name: 'basicConstraints' as const, cA: true },
    { name: 'subjectAltName' as const, altNames: [{ type: 7 as const, ip }] },
  ]
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'test' }], {
    extensions,
    notBeforeDate: new Date(Date.now() - 10 * DAY_MS),
    notAfterDate: new Date(Date.now() + daysLeft * DAY_MS),
  })
  const before = getCACertificates()
  if (trusted) setDefaultCACertificates([...before, cert])
  let requests = 0
  const server = createServer({ cert, key }, (request, response) => {
    requests += 1
    request.resume().on('end', () => response.writeHead(503).end())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    setDefaultCACertificates(before)
    server.close()
    server.closeAllConnections()
  })
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/ingest`,
    requests: () => requests,
  }
}

const HERE = '127.0.0.1'

test.each([
  ['signed by nobody', { trusted: false, ip: HERE, daysLeft: 30 }, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
  ['of another host', { trusted: true, ip: '127.0.0.2', daysLeft: 30 }, 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ['expired', { trusted: true, ip: HERE, daysLeft: -1 }, 'CERT_HAS_EXPIRED'],
])(
  'row 10: to a certificate %s nothing is sent, everything is kept, and an alarm names the cause',
  async (_what, certificate, code) => {
    const server = await startTlsServer(certificate)
    const outbox = await startFilledOutbox(['a', 'b'])
    const { delivery, logs, tally } = deliver(outbox, server.url)
    await delivery.flush(FOREVER, { failures: 2, waitMs: 1000 })
    expect(server.requests()).toBe(0)
    expect(await outbox.status()).toMatchObject({ depth: 2, deadLetters: 0 })
    expect(tally.lastFault()).toContain(code)
    expect(logs.join('')).toMatch(/"alarm":true/)
  },
)

test('row 10: with a good certificate the same request arrives', async () => {
  const server = await startTlsServer({ trusted: true, ip: HERE, daysLeft: 30 })
  const outbox = await startFilledOutbox(['a'])
  const { delivery } = deliver(outbox, server.url)
  await delivery.flush(FOREVER, { failures: 1, waitMs: 0 })
  expect(server.requests()).toBe(1)
})
