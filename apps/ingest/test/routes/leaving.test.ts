import { once } from 'node:events'
import net, { type AddressInfo } from 'node:net'
import { expect, onTestFinished, test, vi } from 'vitest'
import { addModel, openApp, type TestApp } from '../support/app.ts'
import { requestHead } from '../support/ask.ts'
import { legacyError, legacyResult, result } from '../support/documents.ts'
import { openStore } from '../support/stores.ts'

type Held = TestApp & {
  readonly port: number
  readonly asked: readonly string[]
  readonly letGo: () => void
}

/** The API, listening, on a store whose operations of that name do not begin before they are let go. */
async function openHeld(held: 'writeResults' | 'recallResults'): Promise<Held> {
  const store = await openStore('sqlite')
  await addModel(store)
  const gate = Promise.withResolvers<void>()
  const asked: string[] = []
  const noting = Object.fromEntries(
    (['writeResults', 'recallResults', 'writeErrors'] as const).map((name) => [
      name,
      async (rows: never) => {
        asked.push(name)
        if (name === held) await gate.promise
        return await store[name](rows)
      },
    ]),
  )
  const app = await openApp({ store: { ...store, ...noting } })
  await app.app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.app.server.address() as AddressInfo
  return { ...app, port, asked, letGo: gate.resolve }
}

/** Sends a request over a connection of its own, which whoever called may cut. */
function send({ port }: Held, path: string, document: unknown): net.Socket {
  const body = JSON.stringify(document)
  const socket = net.connect(port, '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  socket.write(requestHead(`Content-Length: ${Buffer.byteLength(body)}\r\n`, path) + body)
  return socket
}

const leave = async (socket: net.Socket): Promise<void> => {
  socket.destroy()
  await once(socket, 'close')
}
const gaugeOf = async ({ get }: TestApp, name: string): Promise<number> => {
  const line = (await get('/metrics')).body
    .split('\n')
    .find((each) => each.startsWith(`llmbench_ingest_${name} `))
  return Number(line?.split(' ')[1])
}
const SOON = { timeout: 10_000, interval: 50 }

test('a result whose sender left while it waited is never written, and holds no memory', async () => {
  const held = await openHeld('writeResults')
  const [first, second] = [result(), result()]
  const inFlight = send(held, '/ingest', first)
  await vi.waitFor(async () => expect(await gaugeOf(held, 'queue_depth')).toBe(1), SOON)
  const waiting = send(held, '/ingest', second)
  await vi.waitFor(async () => expect(await gaugeOf(held, 'queue_depth')).toBe(2), SOON)

  await leave(waiting)
  await vi.waitFor(async () => expect(await gaugeOf(held, 'queue_depth')).toBe(1), SOON)
  // What is with the store cannot be taken back, and its memory counts until the store has answered.
  await leave(inFlight)
  await vi.waitFor(
    async () => expect(await gaugeOf(held, 'bytes_under_way')).toBe(JSON.stringify(first).length),
    SOON,
  )
  held.letGo()
  await vi.waitFor(async () => expect(await gaugeOf(held, 'bytes_under_way')).toBe(0), SOON)
  expect((await held.post('/ingest', second)).json().verdict).toBe('created')
  expect((await held.post('/ingest', first)).json().verdict).toBe('duplicate')
})

test('of a batch whose sender left nothing more is begun', async () => {
  const held = await openHeld('recallResults')
  const items = [
    { kind: 'result', ...legacyResult({ run_ts: '2020-01-01 00:00:00' }) },
    { kind: 'result', ...result() },
    { kind: 'error', ...legacyError() },
  ]
  const sender = send(held, '/ingest/batch', { batch_id: 'b', items })
  await vi.waitFor(() => expect(held.asked).toEqual(['recallResults']), SOON)
  await leave(sender)
  held.letGo()
  await vi.waitFor(async () => expect(await gaugeOf(held, 'bytes_under_way')).toBe(0), SOON)
  expect(held.asked).toEqual(['recallResults'])
  expect((await held.post('/ingest/batch', { batch_id: 'b', items })).json().counts).toMatchObject({
    created: 2,
  })
})
