/** Rows 23 and 24: the wall clock steps while a run goes on; the process stands still. */
import { DatabaseSync } from 'node:sqlite'
import { createControl, startSimulator } from '@llmbench/simulator'
import type { CompactRunTruth } from '@llmbench/simulator'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createFakeClock } from '../support/faketime.ts'
import { temporaryFolder } from '../support/folders.ts'
import { accept, startIngestServer } from '../support/ingest-server.ts'
import { startRunner } from '../support/processes.ts'
import type { Running } from '../support/processes.ts'
import { startWorld } from '../support/world.ts'

const HOUR = 3600
const DAY = 24 * HOUR
const INTERVAL_MS = 600
const DAEMON = ['--provider', 'groq', '--models', 'model-a', '--daemon', '--interval', '0.01', '--json']

type Printed = {
  readonly result_id: string
  readonly response_id: string
  readonly scheduled_at: string
  readonly generate_time: number
  readonly time_to_first_token: number
  readonly quality: { readonly tainted: readonly string[] }
}

function printed({ stdout }: Running): Printed[] {
  return stdout()
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Printed)
}

/** Lets the model of the simulator at that address stream for a quarter of a second; returns its runs, oldest first. */
async function slowDown(provider: string): Promise<() => Promise<CompactRunTruth[]>> {
  const control = createControl(provider)
  await control.setScenario('model-a', { first_delay_ms: 50, gap_ms: 20, deltas: 11 })
  return async () => (await control.compactRuns('model-a', { limit: 100 })).toReversed()
}

/** Strikes while a further run streams and returns that run; a strike that came too late is taken back and tried again. */
async function duringRun(
  runs: () => Promise<CompactRunTruth[]>,
  strike: () => void,
  takeBack: () => void,
): Promise<CompactRunTruth> {
  for (;;) {
    const before = (await runs()).length
    await vi.waitUntil(async () => isStreaming((await runs())[before]), { timeout: 20_000, interval: 5 })
    strike()
    const struck = (await runs())[before]
    if (isStreaming(struck)) return struck
    takeBack()
  }
}

function isStreaming(run: CompactRunTruth | undefined): run is CompactRunTruth {
  return run !== undefined && run.first_text_at_ns !== null && run.ended_at_ns === null
}

test('row 23: a clock that steps an hour on and back and thirty days on during runs touches no duration and no slot', async () => {
  const simulator = await startSimulator()
  onTestFinished(simulator.close)
  const runs = await slowDown(simulator.address)
  const clock = await createFakeClock()
  // Times that are off by days are the ingest's to refuse, which is not the matter here.
  const ingest = await startIngestServer(accept)
  const runner = startRunner(DAEMON, {
    ...clock.environment,
    GROQ_API_KEY: 'groq-key-0123456789',
    GROQ_BASE_URL: `${simulator.address}/openai/v1`,
    INGEST_API_URL: ingest.url,
    INGEST_API_KEY: 'ingest-key-0123456789',
    RUNNER_STATE_DIR: temporaryFolder(),
  })
  const stepped: string[] = []
  let offset = 0
  for (const next of [HOUR, 0, 30 * DAY]) {
    const before = offset
    const { response_id } = await duringRun(
      runs,
      () => clock.setOffset(next),
      () => clock.setOffset(before),
    )
    offset = next
    stepped.push(response_id ?? '')
    await vi.waitUntil(() => printed(runner).some((one) => one.response_id === response_id), {
      timeout: 20_000,
    })
  }
  await vi.waitUntil(() => printed(runner).at(-1)?.response_id !== stepped.at(-1), { timeout: 20_000 })
  runner.child.kill('SIGTERM')
  expect(await runner.ended).toBe(0)

  const documents = printed(runner).filter(({ response_id }) => response_id !== null)
  const truths = new Map((await runs()).map((run) => [run.response_id, run]))
  for (const one of documents) {
    const truth = truths.get(one.response_id)
    const seconds = Number(BigInt(truth?.last_content_at_ns ?? 0) - BigInt(truth?.received_at_ns ?? 0)) / 1e9
    // What a busy machine adds, and nothing of an hour.
    expect(Math.abs(one.generate_time - seconds)).toBeLessThan(5)
    if (stepped.includes(one.response_id)) expect(one.quality.tainted).toContain('clock_step')
  }
  const slots = documents.map(({ scheduled_at }) => scheduled_at)
  expect(new Set(slots).size).toBe(slots.length)
  const first = BigInt((await runs()).at(0)?.received_at_ns ?? 0)
  const lasted = Number(BigInt((await runs()).at(-1)?.received_at_ns ?? 0) - first) / 1e6
  expect(documents.length).toBeLessThanOrEqual(lasted / INTERVAL_MS + 2)
}, 120_000)

test('row 24: a runner that stood still for some slots makes up for none of them, and the run it met is not published', async () => {
  const world = await startWorld()
  const runs = await slowDown(world.provider)
  const runner = startRunner(DAEMON, world.environment)
  onTestFinished(() => void runner.child.kill('SIGCONT'))
  let stoppedMs = Infinity
  const { response_id: met } = await duringRun(
    runs,
    () => {
      stoppedMs = Date.now()
      runner.child.kill('SIGSTOP')
    },
    () => void runner.child.kill('SIGCONT'),
  )
  const before = (await runs()).length
  // Four slots pass.
  await new Promise((resolve) => setTimeout(resolve, 4 * INTERVAL_MS))
  const continuedMs = Date.now()
  runner.child.kill('SIGCONT')
  await vi.waitUntil(async () => (await runs()).length >= before + 4, { timeout: 20_000, interval: 20 })
  runner.child.kill('SIGTERM')
  expect(await runner.ended).toBe(0)

  const slots = printed(runner).map(({ scheduled_at }) => Date.parse(scheduled_at))
  expect(new Set(slots).size).toBe(slots.length)
  const missed = slots.filter((slot) => slot > stoppedMs && slot < continuedMs - INTERVAL_MS)
  expect(missed).toEqual([])
  const stopped = printed(runner).find(({ response_id }) => response_id === met)
  expect(stopped?.quality.tainted).toContain('event_loop_delay')
  expect(collectionOf(world.store, stopped?.result_id ?? '')).toBe('metrics_cloud_probe')
}, 120_000)

function collectionOf(store: string, resultId: string): unknown {
  const database = new DatabaseSync(store, { readOnly: true })
  try {
    return database.prepare('SELECT collection FROM results WHERE result_id = ?').get(resultId)?.[
      'collection'
    ]
  } finally {
    database.close()
  }
}
