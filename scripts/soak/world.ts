/** The whole system: provider → runner → faulty proxy → ingest → store, each a process but the provider. */
import { join } from 'node:path'
import type { Plan } from './breaks.ts'
import { runCommand } from '../demo/processes.ts'
import { heldOf, readMongoStore, readSqliteStore } from './places.ts'
import type { Held } from './equation.ts'
import { startMongod } from './mongod.ts'
import { createProgram } from './program.ts'
import type { Command, Program } from './program.ts'
import { modelsOf, startProvider } from './provider.ts'
import type { Provider } from './provider.ts'
import { startFaultyProxy } from './proxy.ts'
import type { FaultyProxy } from './proxy.ts'
import { createRandom } from './random.ts'

const ROOT = join(import.meta.dirname, '../..')
const KEY = 'soak-ingest-key-0123456789'
const TOKEN = 'soak-config-token-0123456789'
/** Six tenths of a second: a handful of results a second from each lane. */
const INTERVAL_MINUTES = '0.01'

type Variables = Readonly<Record<string, string>>

export type WorldOptions = {
  readonly folder: string
  readonly seed: number
  readonly store: 'mongodb' | 'sqlite'
  readonly plan: Plan
  /** A mongod to use where none of our own can be had; null for none. */
  readonly mongodbUri: string | null
  /** Of the processes: PATH and the like, no secrets. */
  readonly environment: Variables
}

export type World = {
  readonly provider: Provider
  readonly proxy: FaultyProxy
  readonly runner: Program
  readonly ingest: Program
  /** Null with the embedded store, or with a mongod that is not ours to kill. */
  readonly mongod: Program | null
  readonly stateDirectory: string
  /** Every document that the runner printed whole. */
  readonly told: () => readonly Held[]
  readonly readStore: () => Promise<Held[]>
  /** Whether the ingest says that it can store. */
  readonly isReady: () => Promise<boolean>
  readonly close: () => Promise<void>
}

/** Starts everything but the runner. What was started already is ended again when something cannot be. */
export async function startWorld(options: WorldOptions): Promise<World> {
  const closers: (() => Promise<void>)[] = []
  const close = async (): Promise<void> => {
    for (const each of closers.splice(0).toReversed()) await each()
  }
  try {
    return await open(options, closers, close)
  } catch (error) {
    await close()
    throw error
  }
}

async function open(
  options: WorldOptions,
  closers: (() => Promise<void>)[],
  close: () => Promise<void>,
): Promise<World> {
  const { folder, seed, store, environment } = options
  const provider = await startProvider()
  closers.push(provider.close)
  const mongod = store === 'mongodb' ? await startMongod(folder, environment, options.mongodbUri) : null
  if (mongod?.program) closers.push(mongod.program.kill)
  const storePath = join(folder, 'store.sqlite')
  const target: Variables = mongod === null ? { STORE_PATH: storePath } : { MONGODB_URI: mongod.uri }
  let address: string | null = null
  const ingest = createProgram(
    ingestCommand({ ...environment, ...target }, options.plan.preload.ingest, (found) => (address = found)),
  )
  const proxy = await startFaultyProxy(() => address, options.plan.kinds, createRandom(seed, 'proxy'))
  closers.push(proxy.close)
  closers.push(ingest.kill)
  // In this order: an ingest that has seen an empty catalogue refuses the first results.
  await addModels(options.plan, { ...environment, ...target })
  await ingest.start()
  const told: Held[] = []
  const stateDirectory = join(folder, 'state')
  const addresses = { provider: provider.address, proxy: proxy.address, stateDirectory }
  const runner = createProgram(runnerCommand(options, addresses, (line) => told.push(readTold(line))))
  closers.push(runner.kill)
  return {
    provider,
    proxy,
    runner,
    ingest,
    mongod: mongod?.program ?? null,
    stateDirectory,
    told: () => told,
    readStore: async () => (mongod === null ? readSqliteStore(storePath) : await readMongoStore(mongod.uri)),
    isReady: async () => address !== null && (await isReady(address)),
    close,
  }
}

function readTold(line: string): Held {
  return heldOf(JSON.parse(line) as Record<string, unknown>)
}

async function addModels({ providers }: Plan, environment: Variables): Promise<void> {
  for (const provider of providers) {
    const args = ['add', provider, ...modelsOf(provider)]
    const added = await runCommand('apps/ingest/src/models/main.ts', args, environment)
    if (added.code !== 0)
      throw new Error(`models ${args.join(' ')} ended with ${added.code}: ${added.stderr}`)
  }
}

async function isReady(address: string): Promise<boolean> {
  const answer = await fetch(`${address}/readyz`, { signal: AbortSignal.timeout(5000) }).catch(() => null)
  return answer?.status === 200
}

function imports(preload: string | undefined): string[] {
  return preload === undefined ? [] : ['--import', preload]
}

function ingestCommand(
  environment: Variables,
  preload: string | undefined,
  listens: (address: string) => void,
): Command {
  const secrets = { INGEST_API_KEY: KEY, RUNNER_CONFIG_TOKEN: TOKEN }
  return {
    name: 'ingest',
    file: process.execPath,
    args: [...imports(preload), join(ROOT, 'apps/ingest/src/main.ts')],
    environment: {
      ...environment,
      ...secrets,
      PORT: '0',
      LOG_LEVEL: 'info',
      RATE_LIMIT_PER_MINUTE: '1000000',
    },
    isReady: (line) => {
      const found = line.includes('"msg":"listening"') ? /"address":"(http[^"]+)"/.exec(line)?.[1] : undefined
      if (found !== undefined) listens(found)
      return found !== undefined
    },
  }
}

function runnerCommand(
  { plan, environment }: WorldOptions,
  at: { readonly provider: string; readonly proxy: string; readonly stateDirectory: string },
  onLine: (line: string) => void,
): Command {
  const { providers } = plan
  // A model says whose it is where there are several providers, and only there.
  const models = providers.flatMap((provider) =>
    modelsOf(provider).map((model) => (providers.length > 1 ? `${provider}:${model}` : model)),
  )
  const named = ['--provider', providers.join(','), '--models', models.join(',')]
  const what = [...named, '--daemon', '--interval', INTERVAL_MINUTES, '--json']
  return {
    name: 'runner',
    file: process.execPath,
    args: [...imports(plan.preload.runner), join(ROOT, 'apps/runner/src/main.ts'), ...what],
    environment: {
      ...environment,
      GROQ_API_KEY: 'soak-groq-key',
      GROQ_BASE_URL: `${at.provider}/openai/v1`,
      MISTRAL_API_KEY: 'soak-mistral-key',
      MISTRAL_BASE_URL: `${at.provider}/v1`,
      INGEST_API_URL: `${at.proxy}/ingest`,
      INGEST_API_KEY: KEY,
      RUNNER_STATE_DIR: at.stateDirectory,
    },
    isReady: (line) => line.includes('"msg":"started"'),
    onLine,
  }
}
