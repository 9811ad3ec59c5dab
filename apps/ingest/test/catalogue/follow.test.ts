import { once } from 'node:events'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createMongoStore } from '../../src/store/mongo.ts'
import { models } from '../support/models.ts'
import { openShell } from '../support/mongosh.ts'
import { launchFile, runCommand, SECRETS, startService, until, type Running } from '../support/process.ts'
import { freshMongodbUri, scratchFolder } from '../support/stores.ts'

/** The models that a daemon has measured so far, in order. */
const measuredBy = (daemon: Running): string[] =>
  daemon
    .stderr()
    .split('\n')
    .filter((line) => line.includes('"msg":"measured"') && line.endsWith('}'))
    .map((line) => (JSON.parse(line) as { model: string }).model)

const countOf = (daemon: Running, model: string): number =>
  measuredBy(daemon).filter((each) => each === model).length

/** Resolves once the daemon has measured the model so many times. */
const measured = (daemon: Running, model: string, times: number): Promise<number> =>
  until(
    async () => countOf(daemon, model),
    (count) => count >= times,
  )

/** Slots of this model from now on: whatever was under way has ended, and the worklist has been read since. */
const someSlotsOf = (daemon: Running, model: string): Promise<number> =>
  measured(daemon, model, countOf(daemon, model) + 3)

async function startSimulator(): Promise<string> {
  const { child } = launchFile('../../packages/simulator/src/main.ts', [], {})
  const [line] = (await once(child.stdout!, 'data')) as [Buffer]
  return (JSON.parse(line.toString()) as { address: string }).address
}

test('a person adds, checks, disables and re-enables a model, by command or by mongosh, and the runner follows', async () => {
  const uri = freshMongodbUri()
  const environment = { MONGODB_URI: uri }
  const store = createMongoStore(uri)
  onTestFinished(() => store.close())
  const [shell, simulator] = await Promise.all([openShell(uri), startSimulator()])
  await models(store, 'add', 'groq', 'stays', 'goes')
  const { url } = await startService(environment)
  const runner = ['--provider', 'groq', '--daemon', '--interval', '0.005']
  const daemon = launchFile('../runner/src/main.ts', runner, {
    GROQ_API_KEY: 'groq-key-0123456789',
    GROQ_BASE_URL: `${simulator}/openai/v1`,
    INGEST_API_URL: `${url}/ingest`,
    RUNNER_CONFIG_URL: `${url}/runner-config`,
    ...SECRETS,
    RUNNER_STATE_DIR: scratchFolder(),
  })
  await measured(daemon, 'goes', 1)
  await measured(daemon, 'stays', 1)
  // With slots of a third of a second a busy machine makes a model stale now and then, and fresh again.
  await vi.waitFor(async () => expect(await models(store, 'check')).toEqual(['Nothing to look at']), {
    timeout: 30_000,
  })

  const disable = ['disable', 'groq', 'goes', '--reason', 'a test']
  expect(await runCommand('models/main.ts', disable, environment)).toMatchObject({ code: 0 })
  await someSlotsOf(daemon, 'stays')
  const gone = countOf(daemon, 'goes')
  await someSlotsOf(daemon, 'stays')
  expect(countOf(daemon, 'goes')).toBe(gone)

  shell.type('db.models.updateOne({ provider: "groq", model_id: "goes" }, { $set: { enabled: true } })')
  await measured(daemon, 'goes', gone + 1)
  await models(store, 'probe', 'groq', 'candidate')
  await measured(daemon, 'candidate', 1)
  daemon.child.kill('SIGTERM')
  expect((await daemon.exited).code).toBe(0)

  const runs = await store.recentRuns(
    { provider: 'groq', modelId: 'candidate' },
    { since: new Date(0), limit: 9 },
  )
  expect(new Set(runs.map(({ collection }) => collection))).toEqual(new Set(['metrics_cloud_probe']))
}, 240_000)
