import { pino } from 'pino'
import { onTestFinished } from 'vitest'
import type { Clock } from '../../src/clock.ts'
import { createDelivery } from '../../src/delivery/delivery.ts'
import type { Delivery } from '../../src/delivery/delivery.ts'
import { createKeyRing } from '../../src/delivery/keys.ts'
import { createHttpClient } from '../../src/http.ts'
import type { HttpRequest, Send } from '../../src/http.ts'
import type { OutboxClient } from '../../src/outbox/client.ts'
import { createTally } from '../../src/tally.ts'
import type { Tally } from '../../src/tally.ts'

export type TestDelivery = {
  readonly delivery: Delivery
  readonly tally: Tally
  /** Whole log lines. */
  readonly logs: string[]
  /** Every request as it was handed to the client. */
  readonly sent: HttpRequest[]
  /** Ends its connections before the test does. */
  readonly close: () => Promise<void>
}

/** A delivery over real sockets whose jitter is always the shortest; `deadlineMs` shortens the request's. */
export function deliver(
  outbox: OutboxClient,
  url: string,
  {
    keys = ['first-key'],
    deadlineMs,
    clock = systemLike(),
  }: { keys?: string[]; deadlineMs?: number; clock?: Clock } = {},
): TestDelivery {
  const http = createHttpClient({ userAgent: 'test/1', proxy: null })
  onTestFinished(() => http.close())
  const sent: HttpRequest[] = []
  const logs: string[] = []
  const send: Send = (request) => {
    sent.push(request)
    return http.send(deadlineMs === undefined ? request : { ...request, deadlineMs })
  }
  const tally = createTally(clock.wallMs)
  let ids = 0
  const delivery = createDelivery({
    outbox,
    send,
    batchUrl: `${url}/batch`,
    keys: createKeyRing({ variable: 'INGEST_API_KEY', read: () => keys }),
    clock,
    newId: () => `batch-${ids++}`,
    logger: pino({}, { write: (line: string) => logs.push(line) }),
    tally,
    random: () => 0,
  })
  return { delivery, tally, logs, sent, close: http.close }
}

function systemLike(): Clock {
  return { wallMs: () => Date.now(), monotonicMs: () => performance.now() }
}

export const FOREVER = new AbortController().signal
