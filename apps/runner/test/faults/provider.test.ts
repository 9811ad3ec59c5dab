/** Row 25: what a provider can do to a stream, seen by the real runner over real sockets. */
import { readFileSync } from 'node:fs'
import { createControl, startSimulator } from '@llmbench/simulator'
import type { Scenario } from '@llmbench/simulator'
import { expect, onTestFinished, test, vi } from 'vitest'
import { startRunner } from '../support/processes.ts'

type Fault = NonNullable<Scenario['fault']>

const QUICK: Scenario = { first_delay_ms: 5, gap_ms: 1, deltas: 20 }
/** The deadlines themselves are tried where they can be short: `packages/providers/test/transport/record.test.ts`. */
const FAULTS: Readonly<Record<string, { readonly fault: Fault; readonly becomes: Record<string, unknown> }>> =
  {
    'ends-unfinished': {
      fault: { kind: 'close_without_finish', after_deltas: 3 },
      becomes: { kind: 'result', outcome: 'truncated' },
    },
    'is-reset': {
      fault: { kind: 'cut', after_deltas: 3, how: 'reset' },
      becomes: { kind: 'error', error_kind: 'network', phase: 'stream' },
    },
    'is-cut-before-a-byte': {
      fault: { kind: 'not_accepted' },
      becomes: { kind: 'error', error_kind: 'network', phase: 'headers' },
    },
    'says-error-inside-a-200': {
      fault: {
        kind: 'error_event',
        after_deltas: 3,
        type: 'overloaded_error',
        message: 'Overloaded',
        status: 503,
      },
      becomes: { kind: 'error', error_kind: 'transient_provider', phase: 'stream' },
    },
    'is-a-login-page': { fault: { kind: 'html_200' }, becomes: { kind: 'error' } },
    'floods-a-gigabyte': {
      fault: { kind: 'flood', megabytes: 1000 },
      becomes: { kind: 'error', message: expect.stringMatching(/longer than 16777216 bytes/) },
    },
    'floods-it-again': {
      fault: { kind: 'flood', megabytes: 1000 },
      becomes: { kind: 'error', message: expect.stringMatching(/longer than 16777216 bytes/) },
    },
  }

/** A good deal more than the runner takes at rest, and far less than what the provider sends. */
const MOST_MEMORY_MIB = 700

test('row 25: each way in which a stream goes wrong has its name, and a gigabyte of body does not stay in memory', async () => {
  const simulator = await startSimulator()
  onTestFinished(simulator.close)
  const control = createControl(simulator.address)
  for (const [model, { fault }] of Object.entries(FAULTS))
    await control.setScenario(model, { ...QUICK, fault })
  const runner = startRunner(
    ['--local', '--json', '--provider', 'groq', '--models', [...Object.keys(FAULTS), 'is-well'].join(',')],
    { GROQ_API_KEY: 'groq-key-0123456789', GROQ_BASE_URL: `${simulator.address}/openai/v1` },
  )
  let mostMiB = 0
  await vi.waitUntil(
    () => {
      mostMiB = Math.max(mostMiB, peakMiB(runner.child.pid))
      return runner.child.exitCode !== null
    },
    { timeout: 25_000, interval: 5 },
  )
  const lines = runner.stdout().trimEnd().split('\n')
  const documents = lines.map((line) => JSON.parse(line) as { model_name: string })
  for (const [model, { becomes }] of Object.entries(FAULTS)) {
    expect(documents.find(({ model_name }) => model_name === model)).toMatchObject(becomes)
  }
  // What was before it does not harm the next.
  expect(documents.at(-1)).toMatchObject({ model_name: 'is-well', kind: 'result', outcome: 'completed' })
  expect(mostMiB).toBeGreaterThan(0)
  expect(mostMiB).toBeLessThan(MOST_MEMORY_MIB)
})

/** The most resident memory that a process has had; 0 when it is gone. */
function peakMiB(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}
