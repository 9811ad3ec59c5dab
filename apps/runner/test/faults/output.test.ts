/** A stdout or stderr that nobody takes from: the real daemon measures, delivers and reports all the same. */
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RequestListener } from 'node:http'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { DaemonStatus } from '../../src/status/file.ts'
import { temporaryFolder } from '../support/folders.ts'
import { accept, envelopeOf, sendJson, startIngestServer } from '../support/ingest-server.ts'
import type { IngestServer } from '../support/ingest-server.ts'
import { startRunner } from '../support/processes.ts'
import { startProvider, streamTwoTokens } from '../support/providers.ts'
import { openStalledPipe } from '../../../../packages/output/test/stalled-pipe.ts'
import { printedIds } from '../support/world.ts'

/** When the worklist is first read the log has a line for each of them: more than a pipe holds. */
const REJECTED = Array.from({ length: 1500 }, (_, n) => ({
  model_id: `no-such-model-${n}`,
  reason: 'unknown',
}))
const LONG_CHUNKS = 15_000

/** A document of at least 30 kB: it has a gap for each of so many chunks, whenever they arrive. */
const streamLong: RequestListener = (_request, response) => {
  const chunks = Array.from(
    { length: LONG_CHUNKS },
    () => 'data: {"choices":[{"delta":{"content":"w "}}]}\n\n',
  )
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.end(
    `${chunks.join('')}data: {"choices":[{"delta":{},"finish_reason":"length"}]}\n\ndata: [DONE]\n\n`,
  )
}

async function startIngest(rejected: readonly unknown[]): Promise<IngestServer> {
  return await startIngestServer((received, response, nth) => {
    if (!received.path.startsWith('/runner-config')) return accept(received, response, nth)
    const [schema_version, provider, interval_minutes] = [1, 'groq', 0.005]
    return sendJson(response, 200, { schema_version, provider, interval_minutes, models: ['m'], rejected })
  })
}

function environmentOf(provider: string, ingest: IngestServer): Record<string, string> {
  return {
    GROQ_API_KEY: 'groq-key-0123456789',
    GROQ_BASE_URL: provider,
    INGEST_API_URL: ingest.url,
    INGEST_API_KEY: 'ingest-key-0123456789',
    RUNNER_CONFIG_URL: ingest.url.replace('/ingest', '/runner-config'),
    RUNNER_CONFIG_TOKEN: 'config-token-0123456789',
    RUNNER_CALIBRATION: 'off',
    RUNNER_STATE_DIR: temporaryFolder(),
  }
}

const DAEMON = ['--provider', 'groq', '--daemon']

function deliveredIds({ received }: IngestServer): string[] {
  const batches = received.filter(({ path }) => path === '/ingest/batch')
  return batches.flatMap((one) => envelopeOf(one).items.map(({ result_id }) => result_id))
}

function statusOf(environment: Record<string, string>): DaemonStatus | null {
  try {
    const path = join(environment['RUNNER_STATE_DIR'] ?? '', 'status.json')
    return JSON.parse(readFileSync(path, 'utf8')) as DaemonStatus
  } catch {
    return null
  }
}

const SOON = { timeout: 25_000, interval: 10 }

test('both stalled: a daemon measures, delivers and reports; what is dropped is counted, and said once it flows again', async () => {
  const ingest = await startIngest(REJECTED)
  const environment = environmentOf(await startProvider(streamLong), ingest)
  const [stdout, stderr] = [openStalledPipe(), openStalledPipe()]
  const runner = startRunner([...DAEMON, '--json'], environment, [], { stdout: stdout.fd, stderr: stderr.fd })
  const dropped = () => statusOf(environment)?.dropped_lines ?? { stdout: 0, stderr: 0 }
  await vi.waitUntil(() => dropped().stdout > 0, SOON)
  const delivered = deliveredIds(ingest).length
  await vi.waitUntil(() => deliveredIds(ingest).length > delivered + 1, SOON)
  expect(ingest.received.some(({ path }) => path === '/ingest/heartbeat')).toBe(true)

  let documents = ''
  let log = ''
  const gaps = (): string[] => log.split('\n').filter((line) => line.includes('were dropped'))
  const isTold = (stream: string): boolean => gaps().some((line) => line.includes(`"stream":"${stream}"`))
  const read = (): void => {
    log += stderr.read()
    documents += stdout.read()
  }
  await vi.waitUntil(() => (read(), isTold('stdout')), SOON)
  const after = log.length
  await vi.waitUntil(() => (read(), log.slice(after).includes('"msg":"measured"')), SOON)
  runner.child.kill('SIGTERM')
  await vi.waitUntil(() => (read(), log.includes('"msg":"stopped"')), SOON)
  expect(await runner.ended).toBe(0)
  read()

  for (const line of log.split('\n').slice(0, -1)) expect(JSON.parse(line)).toHaveProperty('msg')
  for (const stream of ['stdout', 'stderr'] as const) {
    const told = gaps().map((line) => JSON.parse(line) as { stream: string; dropped: number })
    const sum = told.filter((gap) => gap.stream === stream).reduce((total, gap) => total + gap.dropped, 0)
    expect(sum, stream).toBe(dropped()[stream])
  }
  const printed = printedIds(documents)
  expect(printed.length).toBeGreaterThan(3)
  expect(deliveredIds(ingest)).toEqual(expect.arrayContaining(printed))
  expect(deliveredIds(ingest).length).toBeGreaterThan(printed.length)
})

test('both stalled until the end: SIGTERM ends the daemon with 0 and an empty outbox, and the end does not wait for a reader', async () => {
  const ingest = await startIngest(REJECTED)
  const environment = environmentOf(await startProvider(streamTwoTokens), ingest)
  const [stdout, stderr] = [openStalledPipe(), openStalledPipe()]
  const runner = startRunner([...DAEMON, '--json'], environment, [], { stdout: stdout.fd, stderr: stderr.fd })
  await vi.waitUntil(() => deliveredIds(ingest).length > 1, SOON)
  runner.child.kill('SIGTERM')
  expect(await runner.ended).toBe(0)
  expect(statusOf(environment)).toMatchObject({ state: 'stopped', outbox_depth: 0 })
})

test('stderr slow: everything is read in order, nothing is dropped, and nobody waits', async () => {
  const ingest = await startIngest(REJECTED.slice(0, 300))
  const environment = environmentOf(await startProvider(streamTwoTokens), ingest)
  const stderr = openStalledPipe()
  const runner = startRunner(DAEMON, environment, [], { stderr: stderr.fd })
  let text = ''
  const reading = setInterval(() => (text += stderr.read(16_384)), 5)
  await vi.waitUntil(() => deliveredIds(ingest).length > 3, SOON)
  await vi.waitUntil(() => (text.match(/"msg":"measured"/g) ?? []).length > 2, SOON)
  runner.child.kill('SIGTERM')
  expect(await runner.ended).toBe(0)
  clearInterval(reading)
  for (let more = stderr.read(); more !== ''; more = stderr.read()) text += more
  expect(text).not.toContain('were dropped')
  const lines = text.split('\n').slice(0, -1)
  expect(lines.filter((line) => !line.startsWith('{"level"'))).toEqual([])
  const times = lines.map((line) => (JSON.parse(line) as { time: number }).time)
  expect(times).toEqual(times.toSorted((one, other) => one - other))
  expect(lines.at(-1)).toContain('"msg":"stopped"')
})

test('a crash writes what waits and its own words before it ends, and does not wait long for a reader', async () => {
  const ingest = await startIngest(REJECTED.slice(0, 300))
  const provider = await startProvider(streamTwoTokens)
  const script = "process.once('SIGUSR2', () => { throw new Error('of a test') })"
  const crash = `data:text/javascript,${encodeURIComponent(script)}`
  const crashing = (stderr: number) =>
    startRunner(DAEMON, environmentOf(provider, ingest), [crash], { stderr })
  const [read, unread] = [openStalledPipe(), openStalledPipe()]
  const runners = [crashing(read.fd), crashing(unread.fd)]
  // Nobody reads while they run: what they wrote until then waits inside them.
  await vi.waitUntil(() => deliveredIds(ingest).length > 1, SOON)
  for (const { child } of runners) child.kill('SIGUSR2')
  let text = ''
  const reading = setInterval(() => (text += read.read()), 1)
  expect(await Promise.all(runners.map(({ ended }) => ended))).toEqual([1, 1])
  clearInterval(reading)
  for (let more = read.read(); more !== ''; more = read.read()) text += more
  expect(text).toContain('"msg":"started"')
  expect(text).toMatch(/\nrunner: unexpected error, ending: Error: of a test\n/)
})

test('what a command prints reaches a slow reader whole', async () => {
  const provider = await startProvider(streamLong)
  const stdout = openStalledPipe()
  const models = ['a', 'b', 'c', 'd', 'e', 'f']
  const runner = startRunner(
    ['--local', '--json', '--provider', 'groq', '--models', models.join()],
    { GROQ_API_KEY: 'groq-key-0123456789', GROQ_BASE_URL: provider },
    [],
    { stdout: stdout.fd },
  )
  let text = ''
  await vi.waitUntil(() => (text += stdout.read(4096)).split('\n').length > models.length, {
    timeout: 25_000,
    interval: 2,
  })
  expect(await runner.ended).toBe(0)
  expect(text.length).toBeGreaterThan(100_000)
  const names = text
    .split('\n')
    .slice(0, -1)
    .map((line) => (JSON.parse(line) as { model_name: string }).model_name)
  expect(names.toSorted()).toEqual(models)
})

test('a command whose output does not fit on the disk says so at once, and one whose reader left does not', async () => {
  const full = openSync('/dev/full', 'w')
  onTestFinished(() => closeSync(full))
  const failed = startRunner(['--help'], {}, [], { stdout: full })
  expect(await failed.ended).toBe(1)
  expect(failed.stderr()).toBe('runner: stdout is not whole: ENOSPC\n')

  const left = openStalledPipe()
  const runner = startRunner(['--help'], {}, [], { stdout: left.fd })
  left.close()
  expect(await runner.ended).toBe(0)
  expect(runner.stderr()).toBe('')
})
