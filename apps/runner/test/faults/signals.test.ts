/** Row 26: signals and closed pipes, at the real runner. */
import { startSimulator } from '@llmbench/simulator'
import { expect, onTestFinished, test, vi } from 'vitest'
import { temporaryFolder } from '../support/folders.ts'
import { accept, envelopeOf, startIngestServer } from '../support/ingest-server.ts'
import type { IngestServer } from '../support/ingest-server.ts'
import { startRunner } from '../support/processes.ts'
import { outboxIds, printedIds } from '../support/world.ts'

const DAEMON = ['--provider', 'groq', '--models', 'model-a', '--daemon', '--interval', '0.005', '--json']

async function environmentOf(
  ingest: IngestServer,
): Promise<{ RUNNER_STATE_DIR: string } & Record<string, string>> {
  const simulator = await startSimulator()
  onTestFinished(simulator.close)
  return {
    GROQ_API_KEY: 'groq-key-0123456789',
    GROQ_BASE_URL: `${simulator.address}/openai/v1`,
    INGEST_API_URL: ingest.url,
    INGEST_API_KEY: 'ingest-key-0123456789',
    RUNNER_STATE_DIR: temporaryFolder(),
  }
}

function deliveredIds({ received }: IngestServer): string[] {
  const batches = received.filter(({ path }) => path === '/ingest/batch')
  return batches.flatMap((one) => envelopeOf(one).items.map(({ result_id }) => result_id))
}

test('row 26: a second SIGTERM ends the runner at once, and what waited for an answer waits in the outbox', async () => {
  const ingest = await startIngestServer(() => undefined)
  const environment = await environmentOf(ingest)
  const runner = startRunner(DAEMON, environment)
  await vi.waitUntil(() => deliveredIds(ingest).length > 0, { timeout: 20_000 })
  const sent = deliveredIds(ingest).length
  runner.child.kill('SIGTERM')
  // The first one has been heard: the request was cut and is sent a last time.
  await vi.waitUntil(() => deliveredIds(ingest).length > sent, { timeout: 20_000 })
  runner.child.kill('SIGTERM')
  // 128 + 15
  expect(await runner.ended).toBe(143)
  expect(outboxIds(environment.RUNNER_STATE_DIR)).toEqual(expect.arrayContaining(printedIds(runner.stdout())))
})

test('row 26: SIGTERM while a batch is on its way is answered after the last flush, with 0 and an empty outbox', async () => {
  let answer = (): void => undefined
  const ingest = await startIngestServer((received, response, nth) => {
    if (received.path === '/ingest/batch' && deliveredIds(ingest).length === 1)
      answer = () => accept(received, response, nth)
    else accept(received, response, nth)
  })
  const environment = await environmentOf(ingest)
  const runner = startRunner(DAEMON, environment)
  await vi.waitUntil(() => deliveredIds(ingest).length === 1, { timeout: 20_000 })
  runner.child.kill('SIGTERM')
  answer()
  expect(await runner.ended).toBe(0)
  expect(outboxIds(environment.RUNNER_STATE_DIR)).toEqual([])
  expect([...new Set(deliveredIds(ingest))].sort()).toEqual(printedIds(runner.stdout()).sort())
})

test('row 26: a storm of SIGHUP neither stops measuring nor sends anything twice', async () => {
  const ingest = await startIngestServer(accept)
  const runner = startRunner(DAEMON, await environmentOf(ingest))
  await vi.waitUntil(() => printedIds(runner.stdout()).length > 0, { timeout: 20_000 })
  for (let n = 0; n < 500; n++) {
    runner.child.kill('SIGHUP')
    await new Promise((resolve) => setImmediate(resolve))
  }
  const before = printedIds(runner.stdout()).length
  await vi.waitUntil(() => deliveredIds(ingest).length >= before + 3, { timeout: 20_000 })
  expect(new Set(deliveredIds(ingest)).size).toBe(deliveredIds(ingest).length)
  runner.child.kill('SIGTERM')
  expect(await runner.ended).toBe(0)
  // What was on its way when the signal came was cut and sent a last time.
  expect([...new Set(deliveredIds(ingest))].sort()).toEqual(printedIds(runner.stdout()).sort())
})

test('row 26: a runner whose stdout and stderr nobody reads any more goes on measuring and delivering', async () => {
  const ingest = await startIngestServer(accept)
  const runner = startRunner(DAEMON, await environmentOf(ingest))
  await vi.waitUntil(() => deliveredIds(ingest).length > 0, { timeout: 20_000 })
  runner.child.stdout?.destroy()
  runner.child.stderr?.destroy()
  const before = deliveredIds(ingest).length
  await vi.waitUntil(() => deliveredIds(ingest).length >= before + 3, { timeout: 20_000 })
  runner.child.kill('SIGTERM')
  expect(await runner.ended).toBe(0)
})
