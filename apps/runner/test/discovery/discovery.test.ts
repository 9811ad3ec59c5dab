import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { createControl, startSimulator } from '@llmbench/simulator'
import { pino } from 'pino'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createFloor } from '../../src/calibrate/floor.ts'
import { systemClock } from '../../src/clock.ts'
import { createDiscovery } from '../../src/discovery/discovery.ts'
import type { Discovery } from '../../src/discovery/discovery.ts'
import { openMemory } from '../../src/discovery/memory.ts'
import { createThreadReader } from '../../src/discovery/reader.ts'
import { createQuiet } from '../../src/discovery/quiet.ts'
import { createTally } from '../../src/tally.ts'
import { temporaryFolder } from '../support/folders.ts'

const KEY = 'key-of-a-test-0123456789'
const INTERVAL_MS = 200

type Report = { provider: string; models: unknown[]; pagination_complete: boolean; reason: string | null }

/** A discovery of real threads and a real list, every fifth of a second; it keeps what it would have posted. */
async function openDiscovery(folder: string, { intervalMs = INTERVAL_MS } = {}) {
  const { address, close } = await startSimulator()
  onTestFinished(close)
  const posted: Report[] = []
  const logs: string[] = []
  const logger = pino({}, { write: (line: string) => logs.push(line) })
  const discovery = createDiscovery({
    providers: ['groq'],
    intervalMs,
    read: createThreadReader({
      environment: { GROQ_BASE_URL: `${address}/listings/groq/v1`, GROQ_API_KEY: KEY },
      runnerId: 'r',
      outbound: { userAgent: 'test/1', proxy: null },
      vendors: [],
    }),
    post: async (body) => {
      posted.push(JSON.parse(gunzipSync(body).toString('utf8')) as Report)
      return { stored: true, newCount: 0 }
    },
    whenQuiet: createQuiet(createFloor(), systemClock),
    memory: await openMemory(join(folder, 'discovery.json'), logger),
    clock: systemClock,
    random: () => 0.5,
    logger,
    tally: createTally(systemClock.wallMs),
  })
  return { discovery, posted, logs, control: createControl(address) }
}

/** Runs it until the test ends; resolves with how to end it before. */
function runFor(discovery: Discovery): () => Promise<void> {
  const stop = new AbortController()
  const running = discovery.run(stop.signal)
  const end = async (): Promise<void> => {
    stop.abort()
    await running
  }
  onTestFinished(end)
  return end
}

test('lists are read again and again in threads of their own; what a heartbeat tells is what happened', async () => {
  const { discovery, posted, control } = await openDiscovery(temporaryFolder())
  await control.setListing('groq', { form: 'openai', models: ['a', 'b'], key: KEY })
  expect(discovery.facts()['groq']).toMatchObject({ last_read_at: null, complete: null, models: null })
  const end = runFor(discovery)
  await vi.waitUntil(() => posted.length >= 2, { timeout: 10_000 })
  await end()
  expect(posted[0]).toMatchObject({ provider: 'groq', pagination_complete: true, reason: null })
  expect(posted[0]?.models).toHaveLength(2)
  expect(discovery.facts()['groq']).toMatchObject({ complete: true, models: 2, failures: 0, reason: null })
})

test('a list that fails is reported as such, tried again later and later, and never ends the loop', async () => {
  const { discovery, posted, logs, control } = await openDiscovery(temporaryFolder())
  await control.setListing('groq', { form: 'openai', models: ['a'], key: 'another-key-0123456789' })
  runFor(discovery)
  await vi.waitUntil(() => posted.length >= 2, { timeout: 10_000 })
  expect(posted[1]).toMatchObject({
    models: [],
    pagination_complete: false,
    reason: expect.stringMatching(/^refused: page 1 of .*HTTP 401/),
  })
  expect(discovery.facts()['groq']?.failures).toBeGreaterThanOrEqual(1)
  await control.setListing('groq', { form: 'openai', models: ['a'] })
  await vi.waitUntil(() => posted.at(-1)?.pagination_complete === true, { timeout: 10_000 })
  expect(logs.join('')).not.toContain(KEY)
})

test('the end of the process cuts a reading at once; it is due again at the next start', async () => {
  const folder = temporaryFolder()
  const { discovery, control } = await openDiscovery(folder)
  await control.setListing('groq', { form: 'openai', fault: { kind: 'never_answers' } })
  const end = runFor(discovery)
  await vi.waitUntil(async () => (await control.listingRequests('groq')).length === 1, { timeout: 10_000 })
  await end()
  const again = await openDiscovery(folder)
  expect(again.discovery.facts()['groq']).toMatchObject({ last_read_at: null, failures: 0 })
})

test('when a list is due is kept across a restart', async () => {
  const folder = temporaryFolder()
  const first = await openDiscovery(folder)
  await first.control.setListing('groq', { form: 'openai', models: ['a'] })
  const end = runFor(first.discovery)
  await vi.waitUntil(() => first.posted.length >= 1, { timeout: 10_000 })
  await end()
  const file = join(folder, 'discovery.json')
  const kept = JSON.parse(readFileSync(file, 'utf8')) as Record<string, { due_ms: number }>
  const inAnHour = { groq: { ...kept['groq'], due_ms: Date.now() + 3_600_000 } }
  writeFileSync(file, JSON.stringify(inAnHour))
  const { discovery } = await openDiscovery(folder, { intervalMs: 12 * 3_600_000 })
  const { due_in_seconds: dueInSeconds, complete } = discovery.facts()['groq'] ?? {}
  expect(dueInSeconds).toBeGreaterThan(3590)
  expect(dueInSeconds).toBeLessThanOrEqual(3600)
  expect(complete).toBe(true)
})

test('a memory that cannot be read is an empty one and is said', async () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'discovery.json'), '{"groq":7}')
  const { discovery, logs } = await openDiscovery(folder)
  expect(discovery.facts()['groq']).toMatchObject({ last_read_at: null })
  expect(logs.join('')).toContain('When lists are due cannot be read')
})

test('a thread that ends without a list is a failure with its reason', async () => {
  const read = createThreadReader({
    environment: { GROQ_BASE_URL: 'http://127.0.0.1:9/v1', GROQ_API_KEY: KEY },
    runnerId: 'r',
    outbound: { userAgent: 'test/1', proxy: null },
    vendors: [],
  })
  const signal = AbortSignal.timeout(20_000)
  await expect(read('nobody', signal)).rejects.toThrow('There is no provider nobody')
})
