/**
 * The ingest under load, beside what it could be replaced by: the driver alone, a plain Fastify route and a plain
 * FastAPI route that each insert one document with majority, and a route that groups and does nothing else. Client,
 * server and mongod share the machine.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
// oxlint-disable-next-line no-restricted-imports -- the very mongod that the tests use
import { databaseUri, startMongod } from '../../apps/ingest/test/support/mongod.ts'
import { groupedFastify, ingest, plainFastify, preparePython, type Contender } from './contenders.ts'
import { fillMongo, fillSqlite, timeHealth } from './health.ts'
import { load, loadDriver, type LoadReport, type Plan } from './measure.ts'
import { spreadOf } from '../spread.ts'
import { watchMemory } from './memory.ts'
import { printFigures, type Figure } from './report.ts'
import type { Environment } from './processes.ts'

export type IngestBenchOptions = {
  /** Length of each measurement. */
  readonly seconds: number
  /** Measurements of each kind; the median and the spread are told. */
  readonly repeat: number
  /** Rows to write while memory is watched. */
  readonly memoryRows: number
  /** Rows in the store when `/health` is timed. */
  readonly healthRows: number
  readonly json: boolean
  readonly environment: Environment
}

const CONNECTIONS = 64
const BATCH = 100
const IN_FLIGHT = 8
const LONE_PAUSE_MS = 20
/** The engine compiles for longer than a short measurement lasts. */
const WARM_UP_SECONDS = 5

/** Runs every scenario and prints a table, or a line of JSON for each figure. */
export async function runIngestBench(options: IngestBenchOptions): Promise<void> {
  const { environment } = options
  const folder = mkdtempSync(join(tmpdir(), 'llmbench-bench-'))
  const mongod = await startMongod({ path: environment['PATH'] ?? '' })
  const python = await preparePython(environment)
  const show = (figures: readonly Figure[]): void => printFigures(figures, options.json)
  try {
    const uri = databaseUri(mongod.uri, 'bench')
    const onMongo = ingest('ingest (mongod)', { MONGODB_URI: uri }, environment)
    const onSqlite = ingest('ingest (SQLite)', { STORE_PATH: join(folder, 'bench.sqlite') }, environment)
    const plain = plainFastify(uri, environment)
    const inPython = 'missing' in python ? [] : [python.contender(uri)]
    if ('missing' in python) process.stderr.write(`Without Python: ${python.missing}\n`)

    const grouped = groupedFastify(uri, environment)
    // Single posts come from the predecessor; this project's runner sends batches.
    const single = {
      path: '/ingest',
      sender: 'predecessor',
      connections: CONNECTIONS,
      size: 1,
      rate: null,
    } as const
    const singles: Figure[] = []
    for (const each of [onMongo, onSqlite, grouped, plain, ...inPython])
      singles.push(await measure(`single posts, ${CONNECTIONS} connections`, each, single, options))
    show(singles)
    const larger: Figure[] = []
    for (const each of [onMongo, onSqlite, grouped, plain])
      larger.push(await measure('the same, 2 KB each', each, { ...single, sender: 'runner' }, options))
    show(larger)

    const batch = {
      path: '/ingest/batch',
      sender: 'runner',
      connections: IN_FLIGHT,
      size: BATCH,
      rate: null,
    } as const
    const batches = [await measureDriver(uri, options)]
    for (const each of [onMongo, onSqlite])
      batches.push(await measure(`batches of ${BATCH}, ${IN_FLIGHT} in flight`, each, batch, options))
    show(batches)

    const peakOf = (name: string): number =>
      singles.find(({ contender }) => contender === name)?.rowsPerSecond?.median ?? 0
    const open = []
    for (const [scenario, rate] of [
      ['open loop, half of the plain peak', Math.round(peakOf(plain.name) / 2)],
      ['open loop, half of the ingest peak', Math.round(peakOf(onMongo.name) / 2)],
    ] as const) {
      for (const each of [onMongo, plain])
        open.push(await measure(`${scenario}: ${rate}/s`, each, { ...single, rate }, options))
    }
    show(open)

    const lone = { ...single, connections: 1, pauseMs: LONE_PAUSE_MS }
    const idle = []
    for (const each of [onMongo, onSqlite, plain, ...inPython])
      idle.push(await measure('a lone post on an idle server', each, lone, options))
    show(idle)

    if (options.memoryRows > 0) {
      show([await watchMemory(onMongo, batch, options), await watchMemory(onSqlite, batch, options)])
    }
    if (options.healthRows > 0) {
      const ofHealth = databaseUri(mongod.uri, 'health')
      const file = join(folder, 'health.sqlite')
      show([
        await timeHealth(
          ingest('ingest (mongod)', { MONGODB_URI: ofHealth }, environment),
          fillMongo(ofHealth),
          options,
        ),
        await timeHealth(
          ingest('ingest (SQLite)', { STORE_PATH: file }, environment),
          fillSqlite(file),
          options,
        ),
      ])
    }
  } finally {
    if (!('missing' in python)) python.remove()
    await mongod.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function measure(
  scenario: string,
  contender: Contender,
  plan: Omit<Plan, 'seconds'>,
  { seconds, repeat, environment }: IngestBenchOptions,
): Promise<Figure> {
  const server = await contender.start()
  try {
    await load(server.url, { ...plan, seconds: WARM_UP_SECONDS }, environment)
    const reports: LoadReport[] = []
    for (let round = 0; round < repeat; round += 1)
      reports.push(await load(server.url, { ...plan, seconds }, environment))
    return {
      scenario,
      contender: contender.name,
      rowsPerSecond: spreadOf(reports.map((report) => report.rowsPerSecond)),
      p50Ms: spreadOf(reports.map((report) => report.p50Ms)),
      p99Ms: spreadOf(reports.map((report) => report.p99Ms)),
      failed: reports.reduce((sum, report) => sum + report.failed, 0),
    }
  } finally {
    await server.stop()
  }
}

async function measureDriver(
  uri: string,
  { seconds, repeat, environment }: IngestBenchOptions,
): Promise<Figure> {
  const rates: number[] = []
  const plan = { seconds, size: BATCH, inFlight: IN_FLIGHT }
  for (let round = 0; round < repeat; round += 1)
    rates.push((await loadDriver(uri, plan, environment)).rowsPerSecond)
  return {
    scenario: `batches of ${BATCH}, ${IN_FLIGHT} in flight`,
    contender: 'driver alone',
    rowsPerSecond: spreadOf(rates),
    p50Ms: null,
    p99Ms: null,
    failed: 0,
  }
}
