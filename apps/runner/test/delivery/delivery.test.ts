import { expect, onTestFinished, test, vi } from 'vitest'
import { deliver, FOREVER } from '../support/deliveries.ts'
import {
  accept,
  answerWith,
  envelopeOf,
  refuse,
  sendJson,
  startIngestServer,
} from '../support/ingest-server.ts'
import type { Play } from '../support/ingest-server.ts'
import { startFilledOutbox } from '../support/outboxes.ts'

const ONE_TRY = { failures: 1, waitMs: 0 }

test('what is delivered goes oldest first, once, with the key as a bearer token', async () => {
  const outbox = await startFilledOutbox(['a', 'b', 'c'])
  const server = await startIngestServer(accept)
  const { delivery, tally } = deliver(outbox, server.url)
  await delivery.flush(FOREVER, ONE_TRY)
  expect(server.received).toHaveLength(1)
  const [first] = server.received
  expect(first).toMatchObject({ path: '/ingest/batch', authorization: 'Bearer first-key' })
  expect(first && envelopeOf(first).items.map(({ result_id }) => result_id)).toEqual([
    'result-a',
    'result-b',
    'result-c',
  ])
  expect(await outbox.status()).toMatchObject({ depth: 0, deadLetters: 0 })
  expect(tally.counters()).toMatchObject({ created: 3 })
})

test('duplicate is a success; invalid, conflict and rejected become dead letters', async () => {
  const outbox = await startFilledOutbox(['duplicate', 'invalid', 'conflict', 'rejected'])
  const server = await startIngestServer(answerWith((id) => id.replace('result-', '')))
  const { delivery } = deliver(outbox, server.url)
  await delivery.flush(FOREVER, ONE_TRY)
  expect(await outbox.status()).toMatchObject({ depth: 0, deadLetters: 3 })
})

const wrongAnswers: Record<string, Play> = {
  'a captive portal': (_received, response) =>
    response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Log in</html>'),
  'an empty 200': (_received, response) => response.writeHead(200).end(),
  'a 204': (_received, response) => response.writeHead(204).end(),
  'foreign JSON': (_received, response) => sendJson(response, 200, { ok: true }),
  'the verdicts of another batch': (received, response, nth) => {
    const body = JSON.stringify({ ...envelopeOf(received), batch_id: 'another' })
    accept({ ...received, body }, response, nth)
  },
  'a verdict word nobody knows': answerWith(() => 'probably'),
  'two verdicts for one item': (received, response) => {
    const { batch_id, items } = envelopeOf(received)
    const results = [...items, ...items].map(({ result_id }) => ({ result_id, verdict: 'created' }))
    sendJson(response, 200, { batch_id, results })
  },
  'verdicts for other items': answerWith(() => 'created'),
  'a redirect': (_received, response) => response.writeHead(302, { location: '/elsewhere' }).end(),
  'a truncated answer': (_received, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '500' })
    response.write('{"batch_id":"batch-0","results":[', () => response.destroy())
  },
  'a reset before any answer': (_received, response) => response.socket?.resetAndDestroy(),
  'a 503': refuse(503),
  'a 418': refuse(418),
}
wrongAnswers['verdicts for other items'] = (received, response) =>
  sendJson(response, 200, {
    batch_id: envelopeOf(received).batch_id,
    results: [{ result_id: 'x', verdict: 'created' }],
  })

test.each(Object.entries(wrongAnswers))(
  '%s deletes nothing, and the same bytes are sent again',
  async (_name, play) => {
    const outbox = await startFilledOutbox(['a', 'b'])
    const server = await startIngestServer(play)
    const { delivery, tally } = deliver(outbox, server.url)
    await delivery.flush(FOREVER, ONE_TRY)
    expect(await outbox.status()).toMatchObject({ depth: 2, deadLetters: 0 })
    expect(tally.lastFault()).not.toBeNull()
    server.play = accept
    delivery.retryNow()
    await delivery.flush(FOREVER, ONE_TRY)
    expect(await outbox.status()).toMatchObject({ depth: 0, deadLetters: 0 })
    expect(server.received).toHaveLength(2)
    expect(server.received[1]?.body).toBe(server.received[0]?.body)
  },
)

test('silence ends at the request deadline, which the error names', async () => {
  const outbox = await startFilledOutbox(['a'])
  const server = await startIngestServer(() => undefined)
  const { delivery, tally, sent } = deliver(outbox, server.url, { deadlineMs: 200 })
  await delivery.flush(FOREVER, ONE_TRY)
  expect(tally.lastFault()).toMatch(/no whole answer within the request deadline of 0\.2 s/)
  expect(sent[0]?.deadlineMs).toBe(20_000)
  expect((await outbox.status()).depth).toBe(1)
})

test('an ingest that cannot be reached keeps everything', async () => {
  const outbox = await startFilledOutbox(['a'])
  const { delivery, tally } = deliver(outbox, 'http://127.0.0.1:9/ingest')
  await delivery.flush(FOREVER, { failures: 2, waitMs: 1000 })
  expect(tally.lastFault()).toMatch(/ECONNREFUSED/)
  expect((await outbox.status()).depth).toBe(1)
})

test('a refused key makes way for the next one', async () => {
  const outbox = await startFilledOutbox(['a'])
  const server = await startIngestServer((received, response, nth) =>
    received.authorization === 'Bearer second-key'
      ? accept(received, response, nth)
      : refuse(401)(received, response, nth),
  )
  const { delivery } = deliver(outbox, server.url, { keys: ['first-key', 'second-key'] })
  await delivery.flush(FOREVER, ONE_TRY)
  expect((await outbox.status()).depth).toBe(0)
  expect(server.received.map(({ authorization }) => authorization)).toEqual([
    'Bearer first-key',
    'Bearer second-key',
  ])
})

test('when every key is refused sending pauses, keeps everything and names no key', async () => {
  const outbox = await startFilledOutbox(['a'])
  const server = await startIngestServer(refuse(403))
  const { delivery, logs } = deliver(outbox, server.url, { keys: ['first-key', 'second-key'] })
  const stop = new AbortController()
  const running = delivery.run(stop.signal)
  await vi.waitUntil(() => logs.length > 0)
  delivery.wake()
  await vi.waitUntil(() => delivery.turns() > 2)
  expect(server.received).toHaveLength(2)
  expect(logs.join('')).toMatch(/"wait_seconds":300/)
  expect(logs.join('')).not.toMatch(/first-key|second-key/)
  server.play = accept
  delivery.retryNow()
  await vi.waitUntil(async () => (await outbox.status()).depth === 0)
  stop.abort()
  await running
})

test.each([404, 405])('a %i keeps everything and is tried again slowly, with an alarm', async (status) => {
  const outbox = await startFilledOutbox(['a'])
  const server = await startIngestServer(refuse(status))
  const { delivery, logs } = deliver(outbox, server.url)
  await delivery.flush(FOREVER, { failures: 5, waitMs: 10_000 })
  expect(server.received).toHaveLength(1)
  expect((await outbox.status()).depth).toBe(1)
  expect(logs.join('')).toMatch(/"alarm":true/)
})

test.each([400, 413])(
  'a %i is narrowed down to the item at fault; the others are delivered',
  async (status) => {
    const outbox = await startFilledOutbox(['a', 'b', 'bad', 'c', 'd'])
    const server = await startIngestServer((received, response, nth) =>
      received.body.includes('result-bad')
        ? refuse(status)(received, response, nth)
        : accept(received, response, nth),
    )
    const { delivery, tally } = deliver(outbox, server.url)
    await delivery.flush(FOREVER, ONE_TRY)
    expect(await outbox.status()).toMatchObject({ depth: 0, deadLetters: 1 })
    expect(tally.counters()).toMatchObject({ created: 4, invalid: 1 })
  },
)

test.each([415, 422, 500])(
  'a batch that is answered %i for ever does not hold back the others',
  async (status) => {
    const outbox = await startFilledOutbox(['bad'])
    const server = await startIngestServer((received, response, nth) =>
      received.body.includes('result-bad')
        ? refuse(status)(received, response, nth)
        : accept(received, response, nth),
    )
    const { delivery } = deliver(outbox, server.url)
    const stop = new AbortController()
    const running = delivery.run(stop.signal)
    await vi.waitUntil(() => server.received.length >= 1)
    await outbox.add({ resultId: 'result-good', body: '{"kind":"result","result_id":"result-good"}' }, 0)
    delivery.wake()
    await vi.waitUntil(async () => (await outbox.status()).depth === 1, { timeout: 10_000 })
    stop.abort()
    await running
    expect((await outbox.status()).depth).toBe(1)
  },
)

test('Retry-After is waited for', async () => {
  const outbox = await startFilledOutbox(['a'])
  const server = await startIngestServer(refuse(429, { 'retry-after': '1' }))
  const { delivery } = deliver(outbox, server.url)
  const flushing = delivery.flush(FOREVER, { failures: 3, waitMs: 5000 })
  await vi.waitUntil(() => server.received.length === 1)
  const first = performance.now()
  server.play = accept
  await flushing
  expect(performance.now() - first).toBeGreaterThan(900)
  expect((await outbox.status()).depth).toBe(0)
})

test('a backlog drains with several requests at a time, and none of its items is sent twice', async () => {
  const names = Array.from({ length: 950 }, (_, n) => String(n))
  const outbox = await startFilledOutbox(names)
  let underWay = 0
  let most = 0
  const server = await startIngestServer((received, response, nth) => {
    underWay += 1
    most = Math.max(most, underWay)
    setTimeout(() => {
      underWay -= 1
      accept(received, response, nth)
    }, 30)
  })
  const { delivery } = deliver(outbox, server.url)
  const stop = new AbortController()
  const running = delivery.run(stop.signal)
  onTestFinished(() => stop.abort())
  await vi.waitUntil(async () => (await outbox.status()).depth === 0, { timeout: 15_000 })
  stop.abort()
  await running
  const ids = server.received.flatMap((one) => envelopeOf(one).items.map(({ result_id }) => result_id))
  expect(new Set(ids).size).toBe(950)
  expect(ids).toHaveLength(950)
  expect(most).toBeGreaterThan(1)
  expect(most).toBeLessThanOrEqual(4)
})
