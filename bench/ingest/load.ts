/**
 * The load of the ingest benchmark, a process of its own: `node load.ts PLAN` with a JSON plan; prints a LoadReport.
 * Closed loop: each connection sends the next request when it has its answer. Open loop: requests leave at their
 * times whatever comes back, and their latency counts from when they should have left.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'undici'
import { createDocuments, type Sender } from './documents.ts'

export type LoadPlan = {
  readonly url: string
  readonly path: '/ingest' | '/ingest/batch'
  readonly key: string
  readonly sender: Sender
  readonly connections: number
  /** Documents in a request. */
  readonly size: number
  /** Stops at whichever comes first. */
  readonly seconds: number
  readonly requests?: number
  /** Requests a second; null: closed loop. */
  readonly rate: number | null
  /** Pause of each connection after an answer. */
  readonly pauseMs?: number
}

export type LoadReport = {
  readonly rowsPerSecond: number
  readonly rows: number
  readonly failed: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
}

const plan = JSON.parse(process.argv[2] ?? '') as LoadPlan
const pool = new Pool(plan.url, { connections: plan.connections, pipelining: 1 })
const headers = { authorization: `Bearer ${plan.key}`, 'content-type': 'application/json' }
const documents = createDocuments(plan.sender)
const latencies: number[] = []
let failed = 0
let sent = 0

const nextBody = (): string => {
  if (plan.path === '/ingest') return documents.nextJson()
  const items = Array.from({ length: plan.size }, () => documents.nextJson('result'))
  return `{"batch_id":"b","items":[${items.join(',')}]}`
}

/** By `dispatch`, without a stream for each answer: the client shares the machine with what it measures. */
const send = (from: number): Promise<void> =>
  new Promise((resolve) => {
    sent += 1
    let status = 0
    const request = { path: plan.path, method: 'POST' as const, headers, body: nextBody() }
    pool.dispatch(request, {
      onRequestStart: () => undefined,
      onResponseData: () => undefined,
      onResponseStart: (_controller, statusCode) => {
        status = statusCode
      },
      onResponseEnd: () => {
        if (status === 200) latencies.push(performance.now() - from)
        else failed += 1
        resolve()
      },
      onResponseError: () => {
        failed += 1
        resolve()
      },
    })
  })

const began = performance.now()
const isOver = (): boolean =>
  performance.now() - began > plan.seconds * 1000 || sent >= (plan.requests ?? Number.POSITIVE_INFINITY)

async function runClosed(): Promise<void> {
  const connection = async (): Promise<void> => {
    while (!isOver()) {
      await send(performance.now())
      if (plan.pauseMs) await sleep(plan.pauseMs)
    }
  }
  await Promise.all(Array.from({ length: plan.connections }, connection))
}

async function runOpen(rate: number): Promise<void> {
  const underWay = new Set<Promise<void>>()
  for (let index = 0; !isOver(); index += 1) {
    const due = began + (index * 1000) / rate
    while (performance.now() < due) await sleep(1)
    const one = send(due).finally(() => underWay.delete(one))
    underWay.add(one)
  }
  await Promise.all(underWay)
}

await (plan.rate === null ? runClosed() : runOpen(plan.rate))
const tookSeconds = (performance.now() - began) / 1000
await pool.close()

const sorted = latencies.toSorted((left, right) => left - right)
const quantile = (share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
const rows = latencies.length * plan.size
const report: LoadReport = {
  rowsPerSecond: rows / tookSeconds,
  rows,
  failed,
  p50Ms: quantile(0.5),
  p99Ms: quantile(0.99),
  maxMs: sorted.at(-1) ?? 0,
}
process.stdout.write(`${JSON.stringify(report)}\n`)
