import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { NO_LIMITS } from '../../src/budget/budget.ts'
import { openOutbox } from '../../src/outbox/outbox.ts'
import { formatStatus } from '../../src/status/format.ts'
import type { DaemonStatus } from '../../src/status/file.ts'
import { lookAtRunner } from '../../src/status/look.ts'
import { temporaryFolder } from '../support/folders.ts'
import { itemOf, outboxOptions } from '../support/outboxes.ts'
import { openTestState } from '../support/states.ts'

const NOW = Date.parse('2026-11-24T12:00:00Z')

const STATUS: DaemonStatus = {
  runner_id: 'runner-1',
  version: '0.1.0',
  region: null,
  state: 'running',
  config_age_seconds: 5,
  outbox_depth: 0,
  outbox_oldest_age_seconds: null,
  outbox_gate: null,
  dead_letters: 0,
  counters: {},
  dropped_lines: { stdout: 3, stderr: 12 },
  providers: {
    groq: { models: 2, running: 1, blocked: false, next_due_seconds: 1805, resting: [] },
    openai: { models: 3, running: 0, blocked: true, next_due_seconds: null, resting: [] },
  },
  budget: null,
  calibration: {
    at: '2026-11-24T00:00:00.000Z',
    passed: false,
    limit_ms: 5,
    first_token_p50_ms: 1,
    first_token_p99_ms: 7.5,
    gaps_p99_ms: 2,
    stamp_min_ms: -0.25,
    stamp_max_ms: 8,
    runs: 6,
    failed_runs: 0,
    tainted_runs: 0,
  },
  discovery: null,
  last_success_at: null,
  last_error: 'later',
  pid: 7,
  started_at: '2026-11-24T11:00:00.000Z',
  reported_at: '2026-11-24T11:59:57.000Z',
  last_errors: ['later', 'earlier'],
}

/** A folder whose outbox is held, with one result in it and that report. */
function heldFolder(report: DaemonStatus | null): string {
  const folder = temporaryFolder()
  const outbox = openOutbox(outboxOptions(folder), NOW)
  onTestFinished(() => outbox.close())
  outbox.add(itemOf('a'), NOW - 90_000)
  const state = openTestState(folder)
  const asked = { requests: 1, outputTokens: 64, nanoUsd: 1_500_000 }
  const reservation = { id: 'a', day: '2026-11-24', provider: 'groq', asked }
  state.reserveBudget(reservation, { total: NO_LIMITS, providers: {} })
  if (report !== null) writeFileSync(join(folder, 'status.json'), JSON.stringify(report))
  return folder
}

test('a directory that is held, with a fresh report: the runner runs', () => {
  expect(lookAtRunner(heldFolder(STATUS), NOW)).toMatchObject({
    daemon: 'running',
    report_age_seconds: 3,
    outbox: { depth: 1, oldest_age_seconds: 90, dead_letters: 0 },
    spending: { day: '2026-11-24', requests: 1, output_tokens: 64, usd: 0.0015 },
  })
})

test('a held directory without a fresh report is not taken for a runner that is well', () => {
  expect(lookAtRunner(heldFolder(STATUS), NOW + 3_600_000)).toMatchObject({ daemon: 'stale' })
  expect(lookAtRunner(heldFolder(null), NOW)).toMatchObject({ daemon: 'stale', report: null })
  expect(lookAtRunner(heldFolder({ ...STATUS, state: 'stopped' }), NOW)).toMatchObject({ daemon: 'stale' })
})

test('a directory that nobody holds has no runner, however fresh the report is', () => {
  const folder = temporaryFolder()
  openOutbox(outboxOptions(folder), NOW).close()
  writeFileSync(join(folder, 'status.json'), JSON.stringify(STATUS))
  expect(lookAtRunner(folder, NOW)).toMatchObject({ daemon: 'not_running', spending: null })
})

test('what cannot be read is said to be so and is not 0', () => {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'outbox.sqlite'))
  writeFileSync(join(folder, 'status.json'), '{"half": ')
  const look = lookAtRunner(folder, NOW)
  expect(look).toMatchObject({
    outbox: { unreadable: expect.stringMatching(/ERR_SQLITE_ERROR/) },
    report: null,
  })
  expect(formatStatus(look)).toMatch(/^outbox {7}cannot be read: .*ERR_SQLITE_ERROR/m)
})

test('a status is read at once: who, what next, what is wrong', () => {
  const text = formatStatus(lookAtRunner(heldFolder(STATUS), NOW))
  expect(text.split('\n')).toEqual([
    'daemon       running as runner-1, process 7, since 2026-11-24T11:00:00.000Z, reported 3 s ago',
    'outbox       1 results wait, the oldest for 1 min 30 s; 0 dead letters',
    'spent        1 requests, 64 output tokens, 0.0015 USD on 2026-11-24 UTC',
    '',
    'PROVIDER  MODELS  RUNNING  NEXT           NOTE',
    'groq      2       1        in 30 min 5 s',
    'openai    3       0        -              refused by the provider, one model an hour',
    '',
    'budget       cannot be read',
    '',
    'calibration  NOT WITHIN 5 ms at 2026-11-24T00:00:00.000Z: first token p99 7.5 ms, gaps p99 2 ms, stamps -0.25 to 8 ms; what is measured is not published',
    'last success none since its start',
    'dropped      3 lines of stdout, 12 lines of stderr: nobody took them in time',
    'last errors  later',
    '             earlier',
    '',
  ])
})
