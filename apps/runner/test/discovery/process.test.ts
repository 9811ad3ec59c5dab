import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createControl, startSimulator } from '@llmbench/simulator'
import { expect, onTestFinished, test, vi } from 'vitest'
import { temporaryFolder } from '../support/folders.ts'
import { accept, sendJson, startIngestServer } from '../support/ingest-server.ts'
import { addressOf, start, startRunner } from '../support/processes.ts'
import type { Running } from '../support/processes.ts'

const VENDOR_KEY = 'vendor-key-0123456789'
const INGEST_KEY = 'ingest-key-0123456789'
/** A third of a second, so that a test sees several readings. */
const OFTEN = '0.0001'

/** Lists on a simulator, and the environment in which two vendors are found there. */
async function openLists() {
  const { address, close } = await startSimulator()
  onTestFinished(close)
  const control = createControl(address)
  const environment = {
    GROQ_API_KEY: VENDOR_KEY,
    GROQ_BASE_URL: `${address}/listings/groq/v1`,
    GEMINI_API_KEY: VENDOR_KEY,
    GEMINI_BASE_URL: `${address}/listings/gemini/v1beta`,
    INGEST_API_KEY: INGEST_KEY,
    RUNNER_STATE_DIR: join(temporaryFolder(), 'state'),
  }
  return { control, environment }
}

const isBeat = ({ path }: { readonly path: string }): boolean => path === '/ingest/heartbeat'

async function outputOf(command: Running): Promise<string> {
  expect(await command.ended, command.stderr()).toBe(0)
  return command.stdout()
}

test('a daemon reports two providers’ lists, none during a run; new, changed and gone models are told', async () => {
  const { control, environment } = await openLists()
  await control.setListing('groq', { form: 'openai', models: ['kept', 'leaving'], key: VENDOR_KEY })
  const many = Array.from({ length: 30 }, (_, index) => `gemini-${index}`)
  await control.setListing('gemini', { form: 'gemini', models: many, page_size: 10, key: VENDOR_KEY })
  const store = { STORE_PATH: join(temporaryFolder(), 'store.sqlite') }
  const models = (...args: string[]): Promise<string> =>
    outputOf(start('apps/ingest/src/models/main.ts', args, store))
  await models('add', 'groq', 'kept', 'leaving')
  const secrets = { INGEST_API_KEY: INGEST_KEY, RUNNER_CONFIG_TOKEN: 'config-token-0123456789' }
  const ingest = start('apps/ingest/src/main.ts', [], { ...store, ...secrets, PORT: '0' })

  const measuring = ['--models', 'groq:m', '--interval', '0.005']
  const daemon = startRunner(['--provider', 'groq,gemini', ...measuring, '--daemon'], {
    ...environment,
    INGEST_API_URL: `${await addressOf(ingest)}/ingest`,
    DISCOVERY_INTERVAL_HOURS: OFTEN,
  })
  const hasRead = (slug: string, count: number): boolean =>
    daemon.stderr().includes(`"provider":"${slug}","models":${count},"new":${count},`)
  await vi.waitUntil(() => hasRead('groq', 2) && hasRead('gemini', 30), { timeout: 30_000 })
  const changed = [{ id: 'kept', context_window: 7 }, 'arrived']
  await control.setListing('groq', { form: 'openai', models: changed, key: VENDOR_KEY })
  const before = (await control.listingRequests('groq')).length
  const isLater = async (): Promise<boolean> => (await control.listingRequests('groq')).length >= before + 4
  await vi.waitUntil(isLater, { timeout: 30_000, interval: 100 })
  daemon.child.kill('SIGTERM')
  expect(await daemon.ended).toBe(0)

  const lists = [...(await control.listingRequests('groq')), ...(await control.listingRequests('gemini'))]
  const runs = await control.runs('m')
  expect(runs.length).toBeGreaterThan(3)
  for (const { received_at_ns: from, ended_at_ns: until } of runs) {
    const beside = lists.filter(
      ({ at_ns: at }) => BigInt(at) > BigInt(from) && BigInt(at) < BigInt(until ?? at),
    )
    expect(beside, 'lists that were asked for while a run was under way').toEqual([])
  }
  const told = await models('discover', '--provider', 'groq')
  expect(told).toMatch(/^gone +leaving /m)
  expect(told).toMatch(/^changed +kept .*context_window/m)
  expect(told).toMatch(/^new +arrived /m)
  expect(daemon.stderr()).not.toMatch(/vendor-key|ingest-key/)
  const memory = readFileSync(join(environment.RUNNER_STATE_DIR, 'discovery.json'), 'utf8')
  expect(Object.keys(JSON.parse(memory) as object).sort()).toEqual(['gemini', 'groq'])
}, 60_000)

test('--discover reads once, prints and reports; with --local it tells nobody', async () => {
  const { control, environment } = await openLists()
  await control.setListing('groq', { form: 'openai', models: ['a', 'b'] })
  await control.setListing('gemini', {
    form: 'gemini',
    models: ['c', 'd'],
    page_size: 1,
    fault: { kind: 'status', on_page: 2, status: 429 },
  })
  const ingest = await startIngestServer((_received, response) =>
    sendJson(response, 200, { status: 'accepted', raw_count: 2, new_count: 1 }),
  )
  const local = startRunner(['--provider', 'groq,gemini', '--discover', '--local', '--json'], environment)
  const args = ['--provider', 'groq,gemini', '--discover']
  const reporting = startRunner(args, { ...environment, INGEST_API_URL: ingest.url })
  expect([await local.ended, await reporting.ended]).toEqual([1, 1])
  const documents = local.stdout().trimEnd().split('\n')
  expect(documents.map((line) => JSON.parse(line) as unknown)).toMatchObject([
    { provider: 'groq', pagination_complete: true, models: [{ model_id: 'a' }, { model_id: 'b' }] },
    {
      provider: 'gemini',
      pagination_complete: false,
      models: [{ model_id: 'c' }],
      reason: expect.stringMatching(/^rate_limited/),
    },
  ])
  expect(ingest.received).toHaveLength(2)
  expect(ingest.received[0]).toMatchObject({
    path: '/ingest/catalog',
    authorization: `Bearer ${INGEST_KEY}`,
    headers: { 'content-encoding': 'gzip' },
  })
  expect(reporting.stdout()).toMatch(/^groq +2 +complete .* yes, 1 new$/m)
  expect(reporting.stdout()).toMatch(/^gemini +1 +partial \(rate_limited\) .* yes, 1 new$/m)
  expect(reporting.stderr()).toMatch(/gemini: rate_limited: page 2 of/)
})

test('0 hours switch it off, which the heartbeat says; a provider without a list that is asked for by name is refused', async () => {
  const { control, environment } = await openLists()
  await control.setListing('groq', { form: 'openai', models: ['a'] })
  const ingest = await startIngestServer(accept)
  const off = startRunner(['--provider', 'groq', '--models', 'm', '--daemon'], {
    ...environment,
    INGEST_API_URL: ingest.url,
    DISCOVERY_INTERVAL_HOURS: '0',
  })
  const none = startRunner(['--local', '--provider', 'lambda', '--discover'], { LAMBDA_API_KEY: VENDOR_KEY })
  expect(await none.ended).toBe(2)
  expect(none.stderr()).toMatch(/lambda has no list of models: The inference API ended/)
  await vi.waitUntil(() => ingest.received.some(isBeat), { timeout: 20_000 })
  off.child.kill('SIGTERM')
  expect(await off.ended).toBe(0)
  expect(await control.listingRequests('groq')).toEqual([])
  expect(JSON.parse(ingest.received.find(isBeat)?.body ?? '')).toHaveProperty('discovery', null)
})
