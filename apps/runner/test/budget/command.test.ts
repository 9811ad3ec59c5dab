import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { temporaryFolder } from '../support/folders.ts'
import { accept, envelopeOf, sendJson, startIngestServer } from '../support/ingest-server.ts'
import type { Play } from '../support/ingest-server.ts'
import { startRunner } from '../support/processes.ts'
import { startProvider, streamTwoTokens } from '../support/providers.ts'

function environmentOf(provider: string, ingest: string, differences: Record<string, string>) {
  return {
    GROQ_API_KEY: 'groq-key-0123456789',
    GROQ_BASE_URL: provider,
    INGEST_API_URL: ingest,
    INGEST_API_KEY: 'ingest-key-0123456789',
    RUNNER_STATE_DIR: join(temporaryFolder(), 'state'),
    ...differences,
  }
}

test('at the cap nothing leaves: no row is made, the reason is said and the exit code is 1', async () => {
  let asked = 0
  const provider = await startProvider((request, response) => {
    asked += 1
    streamTwoTokens(request, response)
  })
  const ingest = await startIngestServer(accept)
  // The first run reserves 64 and uses 2: what is left is no room for the second one's 64.
  const one = environmentOf(provider, ingest.url, { GROQ_BUDGET_OUTPUT_TOKENS_PER_DAY: '65' })
  const cycle = startRunner(['--provider', 'groq', '--models', 'a,b'], one)
  expect(await cycle.ended).toBe(1)
  expect(cycle.stderr()).toMatch(
    /groq b was not measured: the day's budget of groq, 65 output tokens, leaves no room \(2 output tokens spent\)/,
  )
  expect(cycle.stderr()).toMatch(/"alarm":true,"msg":"Measuring stops: the budget leaves no room"/)
  expect(asked).toBe(1)
  expect(ingest.received.flatMap((batch) => envelopeOf(batch).items)).toMatchObject([{ model_name: 'a' }])
}, 60_000)

test('a run that was killed counts as spent in full after the restart', async () => {
  let asked = 0
  const provider = await startProvider(() => (asked += 1))
  const ingest = await startIngestServer(accept)
  const one = environmentOf(provider, ingest.url, { BUDGET_OUTPUT_TOKENS_PER_DAY: '100' })
  const killed = startRunner(['--provider', 'groq', '--models', 'm'], one)
  await vi.waitUntil(() => asked === 1, { timeout: 20_000 })
  killed.child.kill('SIGKILL')
  await killed.ended
  const next = startRunner(['--provider', 'groq', '--models', 'm'], one)
  expect(await next.ended).toBe(1)
  expect(next.stderr()).toMatch(
    /budget of all providers together, 100 output tokens.*\(64 output tokens spent\)/,
  )
  expect(asked).toBe(1)
}, 60_000)

test('money counts by the price in the model’s metadata; a model without a price is measured', async () => {
  const provider = await startProvider(streamTwoTokens)
  const price = {
    from: '2026-01-01',
    currency: 'USD',
    input_per_million: 1000,
    output_per_million: 1_000_000,
  }
  const worklist = {
    schema_version: 1,
    provider: 'groq',
    interval_minutes: 30,
    models: ['cheap', 'dear', 'unpriced'],
    model_metadata: {
      cheap: { prices: [{ ...price, input_per_million: 0, output_per_million: 0 }] },
      dear: { prices: [price] },
    },
  }
  const play: Play = (received, response, nth) =>
    received.path.startsWith('/runner-config')
      ? sendJson(response, 200, worklist)
      : accept(received, response, nth)
  const ingest = await startIngestServer(play)
  const one = environmentOf(provider, ingest.url, {
    RUNNER_CONFIG_URL: ingest.url.replace('/ingest', '/runner-config'),
    RUNNER_CONFIG_TOKEN: 'config-token-0123456789',
    GROQ_BUDGET_USD_PER_DAY: '64.3',
  })
  const cycle = startRunner(['--provider', 'groq'], one)
  expect(await cycle.ended).toBe(1)
  expect(cycle.stderr()).toMatch(
    /groq dear was not measured: the day's budget of groq, 64.3 USD, leaves no room \(0 USD spent\)/,
  )
  const items = ingest.received
    .filter(({ path }) => path === '/ingest/batch')
    .flatMap((batch) => envelopeOf(batch).items)
  expect(items.map((item) => (item as unknown as { model_name: string }).model_name)).toEqual([
    'cheap',
    'unpriced',
  ])
}, 60_000)
