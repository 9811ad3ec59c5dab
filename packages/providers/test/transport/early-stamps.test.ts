/** How early a stamp can be: a server in a thread of its own writes the moment of each write into the stream. */
import { setTimeout as later } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createArrivalClock, monotonicNs, SHARED_MOMENT_NS } from '../../src/transport/clock.ts'
import { recordTape } from '../support/record.ts'

const STREAMS = 4
const LENGTH_MS = 150
const DEADLINES = { connectMs: 5000, firstTokenMs: 5000, idleMs: 5000, totalMs: 5000 }

/** Writes `<nanoseconds>;` every half millisecond or so, for as long as asked. */
const SERVER = `
  const { createServer } = require('node:http')
  const { parentPort } = require('node:worker_threads')
  const server = createServer((request, response) => {
    request.resume()
    response.writeHead(200)
    response.socket.setNoDelay(true)
    const endNs = process.hrtime.bigint() + ${LENGTH_MS}000000n
    const write = () => {
      if (response.destroyed) return
      response.write(process.hrtime.bigint() + ';')
      if (process.hrtime.bigint() < endNs) setTimeout(write, 0.5)
      else response.end()
    }
    write()
  })
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port))
`

let worker: Worker
let url = ''
beforeAll(async () => {
  worker = new Worker(SERVER, { eval: true })
  url = await new Promise<string>((resolve) =>
    worker.once('message', (port) => resolve(`http://127.0.0.1:${String(port)}/`)),
  )
})
afterAll(() => worker.terminate())

function block(ms: number): void {
  const untilNs = monotonicNs() + BigInt(ms) * 1_000_000n
  while (monotonicNs() < untilNs);
}

/** How early the bytes of each read were stamped, in nanoseconds; below 0 they were late. */
async function earliness(arrivalNs: () => bigint): Promise<bigint[]> {
  const exchange = { method: 'POST', url, headers: {}, body: '' } as const
  const options = { deadlines: DEADLINES, hasContent: () => true, arrivalNs }
  const tapes = await Promise.all(Array.from({ length: STREAMS }, () => recordTape(exchange, options)))
  return tapes.flatMap(({ failure, reads }) => {
    expect(failure).toBeNull()
    return reads.flatMap(({ atNs, bytes }) =>
      Array.from(
        Buffer.from(bytes)
          .toString()
          .matchAll(/\d+(?=;)/g),
        ([writtenNs]) => BigInt(writtenNs) - atNs,
      ),
    )
  })
}

const most = (values: readonly bigint[]): bigint => values.reduce((a, b) => (a > b ? a : b))

test.each([3, 20, 60])(
  'a callback that runs %d ms between two reads of a turn makes none early',
  async (ms) => {
    const clock = createArrivalClock()
    let calls = 0
    const early = await earliness(() => {
      const stampNs = clock()
      // What another read of the same turn set off.
      if ((calls += 1) % 10 === 0) block(ms)
      return stampNs
    })
    expect(early.length).toBeGreaterThan(STREAMS * 5)
    expect(most(early)).toBeLessThanOrEqual(SHARED_MOMENT_NS)
  },
)

test.each([
  ['a timer', (work: () => void) => setTimeout(work, 1)],
  ['an immediate', (work: () => void) => setImmediate(work)],
  ['a microtask', (work: () => void) => queueMicrotask(work)],
])('a stamp that was taken in %s is not carried into the reads of the next poll', async (_name, schedule) => {
  const clock = createArrivalClock()
  const over = new AbortController()
  const disturb = (): void => {
    clock()
    block(8)
  }
  const disturbing = (async () => {
    for (; !over.signal.aborted; await later(12)) schedule(disturb)
  })()
  const early = await earliness(clock)
  over.abort()
  await disturbing
  expect(most(early)).toBeLessThanOrEqual(SHARED_MOMENT_NS)
})
