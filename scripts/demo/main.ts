/** The whole system on one machine: simulator → runner → outbox → ingest → store, and a table of what came out. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createControl } from '@llmbench/simulator'
import { Command } from 'commander'
import { DEMO_CASES } from './cases.ts'
import { cleanEnvironment, runCommand, startService } from './processes.ts'
import type { Service, Variables } from './processes.ts'
import { renderTable } from '../table.ts'
import { readStored } from './stored.ts'
import { judge } from './verdict.ts'
import type { Line } from './verdict.ts'

const INGEST = 'apps/ingest/src/main.ts'
const MODELS = 'apps/ingest/src/models/main.ts'
const RUNNER = 'apps/runner/src/main.ts'
const SIMULATOR = 'packages/simulator/src/main.ts'

const command = new Command('demo')
  .description(
    'Starts simulator, ingest and runner, measures one cycle and compares what was stored with the truth',
  )
  .option('--keep', 'leave simulator and ingest running and say how to look at them')
  .addHelpText('after', '\nExample:\n  demo --keep')
  .allowExcessArguments(false)
  .exitOverride((exit) => process.exit(exit.exitCode === 0 ? 0 : 2))
  .parse()
const { keep = false } = command.opts<{ keep?: boolean }>()

const folder = await mkdtemp(join(tmpdir(), 'llmbench-demo-'))
const services: Service[] = []
let ending: Promise<void> | undefined
const end = (): Promise<void> => (ending ??= stopAll())
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void end().then(() => process.exit(130)))

try {
  process.exitCode = await demo()
} catch (error) {
  process.stderr.write(`demo failed: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
  await end()
}

async function demo(): Promise<number> {
  const started = performance.now()
  const secrets = { key: randomBytes(16).toString('hex'), token: randomBytes(16).toString('hex') }
  const store = { ...cleanEnvironment(process.env), STORE_PATH: join(folder, 'store.sqlite') }
  const simulator = await keepTrack(startService(SIMULATOR, ['--port', '0'], store))
  await prepare(simulator.address, store)
  const ingest = await keepTrack(
    startService(INGEST, [], {
      ...store,
      PORT: '0',
      INGEST_API_KEY: secrets.key,
      RUNNER_CONFIG_TOKEN: secrets.token,
    }),
  )
  const runner = runnerVariables(simulator.address, ingest.address, secrets)
  const cycle = await runCommand(RUNNER, ['--provider', 'groq,anthropic,bedrock', '--json'], {
    ...store,
    ...runner,
  })
  const lines = await compareAll(simulator.address, store.STORE_PATH)
  const faults = lines.flatMap((line) => line.faults)
  show(lines)
  // One model fails on purpose, and a cycle with a failure says so.
  if (cycle.code !== 1)
    faults.push(`the runner ended with code ${cycle.code}, expected 1: ${cycle.stderr.slice(-2000)}`)
  for (const fault of faults) process.stdout.write(`  ✗ ${fault}\n`)
  const took = ((performance.now() - started) / 1000).toFixed(1)
  process.stdout.write(
    faults.length === 0
      ? `Every stored number agrees with the truth (${took} s).\n`
      : `${faults.length} disagree.\n`,
  )
  if (keep) explain(simulator.address, ingest.address, secrets)
  else await end()
  return faults.length === 0 ? 0 : 1
}

/** Tells the simulator what to do and the catalogue which models there are. */
async function prepare(simulator: string, store: Variables): Promise<void> {
  const control = createControl(simulator)
  for (const { provider, model, scenario } of DEMO_CASES) {
    await control.setScenario(model, scenario)
    const added = await runCommand(MODELS, ['add', provider, model], store)
    if (added.code !== 0)
      throw new Error(`models add ${provider} ${model} ended with code ${added.code}: ${added.stderr}`)
  }
}

function runnerVariables(
  simulator: string,
  ingest: string,
  secrets: { key: string; token: string },
): Variables {
  return {
    INGEST_API_URL: `${ingest}/ingest`,
    INGEST_API_KEY: secrets.key,
    RUNNER_CONFIG_URL: `${ingest}/runner-config`,
    RUNNER_CONFIG_TOKEN: secrets.token,
    RUNNER_STATE_DIR: join(folder, 'runner'),
    RUNNER_ID: 'demo',
    GROQ_BASE_URL: `${simulator}/openai/v1`,
    GROQ_API_KEY: 'demo-groq-key',
    ANTHROPIC_BASE_URL: `${simulator}/v1`,
    ANTHROPIC_API_KEY: 'demo-anthropic-key',
    AWS_ENDPOINT_URL_BEDROCK_RUNTIME: simulator,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'AKIADEMODEMODEMODEMO',
    AWS_SECRET_ACCESS_KEY: 'demo-aws-secret-key',
    AWS_EC2_METADATA_DISABLED: 'true',
  }
}

async function compareAll(simulator: string, storePath: string): Promise<Line[]> {
  const control = createControl(simulator)
  const stored = readStored(storePath)
  return Promise.all(
    DEMO_CASES.map(async (demoCase) => {
      const row = stored.find(({ document }) => document['model_name'] === demoCase.model)
      const [truth] = await control.runs(demoCase.model)
      return judge(demoCase, row, truth)
    }),
  )
}

function show(lines: readonly Line[]): void {
  const heads = ['provider', 'model', 'first token', 'simulator', 'tokens/s', 'shape', 'outcome', 'stored in']
  const rows = lines.map((line) => [
    line.provider,
    line.model,
    line.firstToken,
    line.truth,
    line.rate,
    line.shape,
    line.outcome,
    line.stored,
  ])
  process.stdout.write(`${renderTable(heads, rows)}\n`)
}

function explain(simulator: string, ingest: string, { key, token }: { key: string; token: string }): void {
  process.stdout.write(`
Still running; Ctrl-C ends it. Try:
  curl ${ingest}/health
  curl -H 'Authorization: Bearer ${token}' '${ingest}/runner-config?provider=groq'
  curl -H 'Authorization: Bearer ${key}' -H 'content-type: application/json' -d '{}' ${ingest}/ingest
  curl '${simulator}/control/runs?model=sim-steady&limit=1'
`)
}

async function keepTrack(starting: Promise<Service>): Promise<Service> {
  const service = await starting
  services.push(service)
  return service
}

async function stopAll(): Promise<void> {
  await Promise.all(services.map((service) => service.stop()))
  await rm(folder, { recursive: true, force: true })
}
