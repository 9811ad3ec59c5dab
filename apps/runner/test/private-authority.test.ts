import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { generate } from 'selfsigned'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryFolder } from './support/folders.ts'
import { startRunner } from './support/processes.ts'
import { startProvider, streamTwoTokens } from './support/providers.ts'

/** An ingest behind a certificate of an authority of its own; it takes everything. */
async function startTlsIngest() {
  const extensions = [
    { name: 'basicConstraints' as const, cA: true },
    { name: 'subjectAltName' as const, altNames: [{ type: 7 as const, ip: '127.0.0.1' }] },
  ]
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'test' }], { extensions })
  const keys: (string | undefined)[] = []
  const server = createServer({ cert, key }, (request, response) => {
    keys.push(request.headers.authorization)
    let body = ''
    request.on('data', (bytes) => (body += String(bytes)))
    request.on('end', () => {
      const { batch_id, items } = JSON.parse(body) as {
        batch_id: string
        items: { result_id: string }[]
      }
      const results = items.map(({ result_id }) => ({ result_id, verdict: 'created' }))
      response.end(JSON.stringify({ batch_id, counts: {}, results }))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/ingest`, cert, keys }
}

test('the key goes to an ingest of a private authority only where that is trusted', async () => {
  const ingest = await startTlsIngest()
  const folder = temporaryFolder()
  const authority = join(folder, 'authority.pem')
  writeFileSync(authority, ingest.cert)
  const environment = {
    GROQ_API_KEY: 'groq-key-0123456789',
    GROQ_BASE_URL: await startProvider(streamTwoTokens),
    INGEST_API_URL: ingest.url,
    INGEST_API_KEY: 'ingest-key-0123456789',
    RUNNER_STATE_DIR: join(folder, 'state'),
  }
  const flags = ['--provider', 'groq', '--models', 'm']
  const unverified = startRunner(flags, { ...environment, NODE_TLS_REJECT_UNAUTHORIZED: '0' })
  expect(await unverified.ended).toBe(1)
  expect(unverified.stderr()).toMatch(/could not be delivered.*self[- ]signed/)
  expect(ingest.keys).toEqual([])
  const trusting = startRunner(flags, { ...environment, NODE_EXTRA_CA_CERTS: authority })
  expect(await trusting.ended).toBe(0)
  expect(ingest.keys).not.toEqual([])
})
