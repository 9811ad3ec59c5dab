import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { expect, test, vi } from 'vitest'
import { MODEL, post, result } from './support/documents.ts'
import { ROOT, runIngestCommand, startIngest, temporaryFolder } from './support/processes.ts'

const KEY = 'a-key-of-the-test-run'
const MONITORING = join(ROOT, 'deploy/monitoring')

type Rules = { groups: { rules: { alert: string; expr: string }[] }[] }
type Tests = { tests: { alert_rule_test: { alertname: string; exp_alerts?: unknown[] }[] }[] }
type Dashboard = { panels: { id: number; targets: { expr: string }[] }[] }

const read = (name: string): string => readFileSync(join(MONITORING, name), 'utf8')
const rules = (parse(read('alerts.yml')) as Rules).groups.flatMap((group) => group.rules)
const dashboard = JSON.parse(read('dashboard.json')) as Dashboard

/** The names of series in a PromQL expression that do not come from Prometheus itself. */
const metricsIn = (expression: string): string[] =>
  expression.replaceAll(/\{[^}]*\}/g, '').match(/\b(?:llmbench|nodejs|process)_[a-z0-9_]+/g) ?? []

test('every metric that an alert or the dashboard names is there on a real ingest', async () => {
  const environment = { STORE_PATH: join(temporaryFolder(), 'store.sqlite') }
  await runIngestCommand('models', ['add', MODEL.provider, MODEL.modelId], environment)
  const { url } = await startIngest({ ...environment, INGEST_API_KEY: KEY, RUNNER_CONFIG_TOKEN: `${KEY}-2` })
  await post(`${url}/ingest/batch`, KEY, { batch_id: 'one', items: [{ kind: 'result', ...result() }] })
  await post(`${url}/ingest/heartbeat`, KEY, {
    runner_id: 'r',
    state: 'running',
    outbox_depth: 0,
    outbox_oldest_age_seconds: 0,
    dead_letters: 0,
    config_age_seconds: 0,
    calibration: { passed: true, first_token_p99_ms: 0.4 },
  })
  // The health of models is derived a little later.
  const text = await vi.waitUntil(
    async () => {
      const metrics = await (await fetch(`${url}/metrics`)).text()
      return metrics.includes('llmbench_ingest_newest_result_age_seconds{') && metrics
    },
    { timeout: 20_000, interval: 100 },
  )
  const served = new Set(text.split('\n').map((line) => /^[a-z0-9_]+/.exec(line)?.[0]))
  const named = [
    ...rules.flatMap(({ expr }) => metricsIn(expr)),
    ...dashboard.panels.flatMap(({ targets }) => targets.flatMap(({ expr }) => metricsIn(expr))),
  ]
  expect(named.length).toBeGreaterThan(30)
  expect(named.filter((name) => !served.has(name))).toEqual([])
})

test('each alert is seen to fire in a test of the rules, and has a section in the operations guide', () => {
  const tests = (parse(read('alerts.test.yml')) as Tests).tests.flatMap((one) => one.alert_rule_test)
  const fired = new Set(tests.filter((one) => one.exp_alerts).map((one) => one.alertname))
  const guide = readFileSync(join(ROOT, 'docs/operations.md'), 'utf8')
  for (const { alert } of rules) {
    expect(fired).toContain(alert)
    expect(guide).toMatch(new RegExp(`^### ${alert}$`, 'm'))
  }
})

test('panels of the dashboard have numbers of their own and each asks for something', () => {
  const ids = dashboard.panels.map(({ id }) => id)
  expect(new Set(ids).size).toBe(ids.length)
  expect(dashboard.panels.every(({ targets }) => targets.every(({ expr }) => expr !== ''))).toBe(true)
})
