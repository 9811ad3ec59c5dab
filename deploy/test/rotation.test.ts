import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { spawnSimulator } from '@llmbench/simulator'
import { expect, onTestFinished, test, vi } from 'vitest'
import { MODEL, post } from './support/documents.ts'
import { runIngestCommand, says, start, startIngest, temporaryFolder } from './support/processes.ts'

const OLD = 'the-old-key-0123456789'
const NEW = 'the-new-key-0123456789'
const TOKEN = 'a-token-of-the-test-run'
/** Two seconds between two runs of the model. */
const INTERVAL_MINUTES = '0.035'

type Health = { readonly counters: { readonly created?: number } }

test(
  'a key is rotated in three steps while a runner delivers, and no result is refused or lost',
  { timeout: 60_000 },
  async () => {
    const folder = temporaryFolder()
    const ingestKeys = join(folder, 'ingest-keys')
    const runnerKeys = join(folder, 'runner-keys')
    writeFileSync(ingestKeys, OLD)
    writeFileSync(runnerKeys, OLD)
    const store = { STORE_PATH: join(folder, 'store.sqlite') }
    await runIngestCommand('models', ['add', MODEL.provider, MODEL.modelId], store)
    const simulator = await spawnSimulator()
    onTestFinished(() => simulator.close())
    const ingest = await startIngest({
      ...store,
      INGEST_API_KEY_FILE: ingestKeys,
      RUNNER_CONFIG_TOKEN: TOKEN,
    })
    const flags = ['--provider', MODEL.provider, '--daemon', '--interval', INTERVAL_MINUTES]
    const runner = start('apps/runner/src/main.ts', flags, {
      INGEST_API_URL: `${ingest.url}/ingest`,
      INGEST_API_KEY_FILE: runnerKeys,
      BENCHMARK_MODELS: MODEL.modelId,
      GROQ_API_KEY: 'any',
      GROQ_BASE_URL: `${simulator.address}/openai/v1`,
      RUNNER_STATE_DIR: join(folder, 'state'),
    })
    const created = async (): Promise<number> => {
      const { counters } = (await (await fetch(`${ingest.url}/health`)).json()) as Health
      return counters.created ?? 0
    }
    const delivers = async (): Promise<void> => {
      const before = await created()
      await vi.waitUntil(async () => (await created()) > before, { timeout: 20_000, interval: 50 })
    }
    const accepts = async (key: string): Promise<number> =>
      (await post(`${ingest.url}/ingest/error`, key, {})).status
    await delivers()

    writeFileSync(ingestKeys, `${OLD},${NEW}\n`)
    ingest.child.kill('SIGHUP')
    await says(ingest, '"msg":"Secrets read again"')
    expect([await accepts(OLD), await accepts(NEW)]).toEqual([422, 422])
    await delivers()

    writeFileSync(runnerKeys, NEW)
    runner.child.kill('SIGHUP')
    await says(runner, 'Keys and worklists are read again')
    await delivers()

    writeFileSync(ingestKeys, NEW)
    ingest.child.kill('SIGHUP')
    // Each reload says it for both kinds of secrets.
    await says(ingest, '"msg":"Secrets read again"', 4)
    expect([await accepts(OLD), await accepts(NEW)]).toEqual([401, 422])
    await delivers()

    const measured = runner.stderr().split('"msg":"measured"').length - 1
    runner.child.kill('SIGTERM')
    expect(await runner.ended).toBe(0)
    expect(await created()).toBeGreaterThanOrEqual(measured)
    // The number by itself: moments, ids and a process id may hold its digits.
    expect(runner.stderr()).not.toMatch(/(?<!"pid":)\b401\b|old-key|new-key/)
  },
)
