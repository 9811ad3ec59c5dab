/** Row 9: the way to the ingest breaks, in every way and at every byte. */
import { expect, test } from 'vitest'
import { startCuttingProxy } from '../support/cutting-proxy.ts'
import type { Cut } from '../support/cutting-proxy.ts'
import { deliver, FOREVER } from '../support/deliveries.ts'
import { envelopeOf, sendJson, startIngestServer } from '../support/ingest-server.ts'
import type { Play } from '../support/ingest-server.ts'
import { startFilledOutbox } from '../support/outboxes.ts'

const ONE_TRY = { failures: 1, waitMs: 0 }

/** Remembers ids as a store does, and counts how often each was created. */
function startStore(): { play: Play; created: Map<string, number> } {
  const created = new Map<string, number>()
  const play: Play = (received, response) => {
    const { batch_id, items } = envelopeOf(received)
    const results = items.map(({ result_id }) => {
      const verdict = created.has(result_id) ? 'duplicate' : 'created'
      created.set(result_id, (created.get(result_id) ?? 0) + (verdict === 'created' ? 1 : 0))
      return { result_id, verdict }
    })
    sendJson(response, 200, { batch_id, results })
  }
  return { play, created }
}

test('row 9: a batch whose connection is cut at each single byte of the request and of the answer is kept each time, and stored once', async () => {
  const { play, created } = startStore()
  const server = await startIngestServer(play)
  const proxy = await startCuttingProxy(Number(new URL(server.url).port))
  const outbox = await startFilledOutbox(['a', 'b', 'c'])
  const url = `http://127.0.0.1:${proxy.port}/ingest`
  const resent = new Set<string>()

  async function deliverThrough(cut: Cut | null): Promise<number> {
    proxy.cut = cut
    // A client of its own, or the connection of the try before would be used again.
    const { delivery, sent, close } = deliver(outbox, url)
    await delivery.flush(FOREVER, ONE_TRY)
    await close()
    for (const { body } of sent) resent.add(Buffer.from(body ?? '').toString())
    return (await outbox.status()).depth
  }

  // An answer that is lost as a whole says how long both are.
  proxy.lose = true
  expect(await deliverThrough(null)).toBe(3)
  const { request, answer } = proxy.passed
  proxy.lose = false
  expect(request).toBeGreaterThan(250)
  expect(answer).toBeGreaterThan(150)
  for (let bytes = 0; bytes < request; bytes++) expect(await deliverThrough({ of: 'request', bytes })).toBe(3)
  for (let bytes = 0; bytes < answer; bytes++) expect(await deliverThrough({ of: 'answer', bytes })).toBe(3)
  expect(await deliverThrough(null)).toBe(0)
  expect(created).toEqual(
    new Map([
      ['result-a', 1],
      ['result-b', 1],
      ['result-c', 1],
    ]),
  )
  expect(resent.size).toBe(1)
}, 120_000)

test.each([
  ['a name that does not resolve', 'http://ingest.invalid/ingest', /ENOTFOUND|EAI_AGAIN/],
  ['a port where nobody listens', 'http://127.0.0.1:9/ingest', /ECONNREFUSED/],
  ['an address without a route', 'http://255.255.255.255:9/ingest', /ENETUNREACH|EACCES/],
])('row 9: %s keeps everything and is named', async (_case, url, name) => {
  const outbox = await startFilledOutbox(['a'])
  const { delivery, tally } = deliver(outbox, url)
  await delivery.flush(FOREVER, ONE_TRY)
  expect(tally.lastFault()).toMatch(name)
  expect(await outbox.status()).toMatchObject({ depth: 1, deadLetters: 0 })
})

test('row 11: a redirect is not followed, so that its target never sees the key', async () => {
  const outbox = await startFilledOutbox(['a'])
  const portal = await startIngestServer((_received, response) => response.end())
  const server = await startIngestServer((_received, response) =>
    response.writeHead(307, { location: `${portal.url}/batch` }).end(),
  )
  const { delivery, tally } = deliver(outbox, server.url)
  await delivery.flush(FOREVER, ONE_TRY)
  expect(tally.lastFault()).toMatch(/HTTP 307 to 127\.0\.0\.1:\d+; redirects are not followed/)
  expect(portal.received).toEqual([])
  expect(await outbox.status()).toMatchObject({ depth: 1, deadLetters: 0 })
})
