import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { pino } from 'pino'
import { expect, onTestFinished, test, vi } from 'vitest'
import { systemClock } from '../../src/clock.ts'
import { serveMetrics } from '../../src/metrics/server.ts'
import type { RunnerReport } from '../../src/report.ts'

const line = {
  requests: 3,
  requests_limit: 10,
  output_tokens: 70,
  output_tokens_limit: null,
  usd: 2,
  usd_limit: 1.5,
  unpriced_requests: 0,
  refused: null,
}

const REPORT: RunnerReport = {
  runner_id: 'runner-1',
  version: '0.1.0',
  region: null,
  state: 'running',
  config_age_seconds: null,
  outbox_depth: 4,
  outbox_oldest_age_seconds: 12,
  outbox_gate: 'disk',
  dead_letters: 2,
  counters: { attempts: 6, groq_errors: 1, outcome_completed: 5, errors_rate_limit: 1 },
  dropped_lines: { stdout: 0, stderr: 12 },
  providers: { groq: { models: 7, running: 1, blocked: false, next_due_seconds: 1, resting: [] } },
  budget: {
    day: '2026-11-24',
    total: { ...line, requests_limit: null, usd_limit: null },
    providers: { groq: line },
  },
  calibration: {
    at: '2026-11-24T00:00:00.000Z',
    passed: true,
    limit_ms: 5,
    first_token_p50_ms: 0.2,
    first_token_p99_ms: 0.75,
    gaps_p99_ms: 1.5,
    stamp_min_ms: 0.05,
    stamp_max_ms: 1.75,
    runs: 6,
    failed_runs: 0,
    tainted_runs: 0,
  },
  discovery: null,
  last_success_at: '2026-11-24T12:00:00.000Z',
  last_error: null,
}

const UNKNOWN: RunnerReport = {
  ...REPORT,
  outbox_oldest_age_seconds: null,
  budget: null,
  calibration: null,
  last_success_at: null,
}

async function scrape(report: () => Promise<RunnerReport>, path = '/metrics'): Promise<Response> {
  const logs: string[] = []
  const logger = pino({}, { write: (text: string) => logs.push(text) })
  const stop = new AbortController()
  onTestFinished(() => stop.abort())
  const clock = { ...systemClock, wallMs: () => Date.parse('2026-11-24T12:00:30Z') }
  serveMetrics({ port: 0, report, clock, logger }, stop.signal)
  const address = (): string | undefined => /"address":"([^"]+)"/.exec(logs.join())?.[1]
  await vi.waitUntil(address)
  return await fetch(`${address()}${path}`)
}

const valuesOf = (text: string): string[] =>
  text.split('\n').filter((row) => row !== '' && !row.startsWith('#'))

test('everything a person would be woken for is told, money and tokens left to spend included', async () => {
  const answer = await scrape(() => Promise.resolve(REPORT))
  expect(valuesOf(await answer.text())).toEqual([
    'llmbench_runner_outbox_depth 4',
    'llmbench_runner_outbox_oldest_age_seconds 12',
    'llmbench_runner_outbox_full 1',
    'llmbench_runner_dead_letters 2',
    'llmbench_runner_last_success_age_seconds 30',
    'llmbench_runner_models{provider="groq"} 7',
    'llmbench_runner_budget_left{provider="groq",measure="requests"} 7',
    'llmbench_runner_budget_left{provider="groq",measure="usd"} 0',
    'llmbench_runner_calibration_passed 1',
    'llmbench_runner_calibration_p99_seconds{of="first_token"} 0.00075',
    'llmbench_runner_calibration_p99_seconds{of="gaps"} 0.0015',
    'llmbench_runner_attempts_total{outcome="completed",error_kind=""} 5',
    'llmbench_runner_attempts_total{outcome="error",error_kind="rate_limit"} 1',
    'llmbench_runner_dropped_lines_total{stream="stdout"} 0',
    'llmbench_runner_dropped_lines_total{stream="stderr"} 12',
  ])
})

test('what is not known is absent and not 0', async () => {
  const text = await (await scrape(() => Promise.resolve(UNKNOWN))).text()
  const names = valuesOf(text).map((row) => row.split(/[ {]/)[0])
  expect(names).not.toEqual(expect.arrayContaining(['llmbench_runner_last_success_age_seconds']))
  expect(text).not.toMatch(/^llmbench_runner_(outbox_oldest_age_seconds|calibration_\w+|budget_left)[ {]/m)
})

test('an outbox that cannot be asked is 503, another path 404', async () => {
  expect((await scrape(() => Promise.reject(new Error('closed')))).status).toBe(503)
  expect((await scrape(() => Promise.resolve(REPORT), '/')).status).toBe(404)
})

test('a port that is taken is an alarm and no end', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  onTestFinished(() => void other.close())
  const logs: string[] = []
  const logger = pino({}, { write: (text: string) => logs.push(text) })
  const { port } = other.address() as AddressInfo
  serveMetrics(
    { port, report: () => Promise.resolve(REPORT), clock: systemClock, logger },
    new AbortController().signal,
  )
  await vi.waitUntil(() => logs.length > 0)
  expect(logs[0]).toMatch(/EADDRINUSE.*"alarm":true,"msg":"RUNNER_METRICS_PORT cannot be used"/)
})
