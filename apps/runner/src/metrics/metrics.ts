/** The runner's report as Prometheus text. */
import { Counter, Gauge, Registry } from 'prom-client'
import type { BudgetLine } from '../budget/report.ts'
import type { RunnerReport } from '../report.ts'

/** Renders a report; what is not known is left out and never 0. */
export type RenderMetrics = (report: RunnerReport, nowMs: number) => Promise<string>

/** A renderer with a registry of its own. */
export function createMetrics(): RenderMetrics {
  const registry = new Registry()
  const gauge = (name: string, help: string, labelNames: string[] = []): Gauge =>
    new Gauge({ name: `llmbench_runner_${name}`, help, labelNames, registers: [registry] })
  const depth = gauge('outbox_depth', 'Results that wait for delivery')
  const oldest = gauge('outbox_oldest_age_seconds', 'Age of the oldest of them; absent when none waits')
  const stopped = gauge('outbox_full', 'Whether measuring is stopped because the outbox takes no more')
  const dead = gauge('dead_letters', 'Results that the ingest refused')
  const age = gauge('last_success_age_seconds', 'Time since a run succeeded; absent when none has yet')
  const models = gauge('models', 'Models on the worklist', ['provider'])
  const left = gauge('budget_left', 'What is left of the day’s budgets', ['provider', 'measure'])
  const passed = gauge('calibration_passed', 'Whether the runner’s own error is within its limit')
  const error = gauge('calibration_p99_seconds', 'The runner’s own error', ['of'])
  const attempts = new Counter({
    name: 'llmbench_runner_attempts_total',
    help: 'Attempts by what they came to, failed ones by their kind',
    labelNames: ['outcome', 'error_kind'],
    registers: [registry],
  })
  const dropped = new Counter({
    name: 'llmbench_runner_dropped_lines_total',
    help: 'Lines that nobody took from stdout or stderr in time',
    labelNames: ['stream'],
    registers: [registry],
  })
  return async (report, nowMs) => {
    registry.resetMetrics()
    depth.set(report.outbox_depth)
    set(oldest, report.outbox_oldest_age_seconds)
    stopped.set(report.outbox_gate === null ? 0 : 1)
    dead.set(report.dead_letters)
    set(age, report.last_success_at === null ? null : (nowMs - Date.parse(report.last_success_at)) / 1000)
    for (const [provider, lane] of Object.entries(report.providers)) models.set({ provider }, lane.models)
    for (const [name, count] of Object.entries(report.counters)) {
      const [, kind, value = ''] = /^(outcome|errors)_(.+)$/.exec(name) ?? []
      if (kind === 'outcome') attempts.inc({ outcome: value, error_kind: '' }, count)
      if (kind === 'errors') attempts.inc({ outcome: 'error', error_kind: value }, count)
    }
    for (const [stream, lines] of Object.entries(report.dropped_lines)) dropped.inc({ stream }, lines)
    setBudget(left, 'all', report.budget?.total)
    for (const [provider, line] of Object.entries(report.budget?.providers ?? {})) {
      setBudget(left, provider, line)
    }
    const { calibration } = report
    set(passed, calibration === null ? null : Number(calibration.passed))
    set(error, inSeconds(calibration?.first_token_p99_ms), { of: 'first_token' })
    set(error, inSeconds(calibration?.gaps_p99_ms), { of: 'gaps' })
    return await registry.metrics()
  }
}

/** A gauge without labels would be 0 where nothing was set: then it is taken out of the answer. */
function set(gauge: Gauge, value: number | null, labels: Record<string, string> = {}): void {
  if (value === null) gauge.remove(labels)
  else gauge.set(labels, value)
}

function inSeconds(ms: number | null | undefined): number | null {
  return ms == null ? null : ms / 1000
}

function setBudget(gauge: Gauge, provider: string, line: BudgetLine | undefined): void {
  if (line === undefined) return
  const pairs = [
    ['requests', line.requests, line.requests_limit],
    ['output_tokens', line.output_tokens, line.output_tokens_limit],
    ['usd', line.usd, line.usd_limit],
  ] as const
  for (const [measure, spent, limit] of pairs) {
    if (limit !== null) gauge.set({ provider, measure }, Math.max(0, limit - spent))
  }
}
