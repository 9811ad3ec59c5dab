/**
 * A large catalogue: what `models list` takes beyond its own start, and what a runner waits for its worklist, on both
 * stores. Client, server and mongod share the machine.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
// oxlint-disable-next-line no-restricted-imports -- the very mongod that the tests use
import { databaseUri, startMongod } from '../../apps/ingest/test/support/mongod.ts'
import { renderTable } from '../../scripts/table.ts'
import { ingest, KEY, type Contender } from '../ingest/contenders.ts'
import { spreadOf, type Spread } from '../spread.ts'
import { runForJson, type Environment, type Server } from '../ingest/processes.ts'
import {
  fillMongo,
  fillSqlite,
  touchMongo,
  touchSqlite,
  type Catalogue,
  type Fill,
  type Touch,
} from './fill.ts'

export type CatalogueBenchOptions = {
  readonly entries: number
  /** Looks of each kind; the median and the spread are told. */
  readonly repeat: number
  readonly json: boolean
  readonly environment: Environment
}

type Figure = { readonly what: string; readonly store: string; readonly ms: Spread }
type Store = {
  readonly name: string
  readonly variables: Record<string, string>
  readonly fill: Fill
  readonly touch: Touch
}

const MODELS = new URL('../../apps/ingest/src/models/main.ts', import.meta.url).pathname
const PROVIDERS = 25
const WARM_LOOKS = 200

/** Measures and prints a table, or a line of JSON for each figure. */
export async function runCatalogueBench(options: CatalogueBenchOptions): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'llmbench-bench-'))
  const mongod = await startMongod({ path: options.environment['PATH'] ?? '' })
  const storesFor = (name: string): Store[] => {
    const path = join(folder, `${name}.sqlite`)
    const uri = databaseUri(mongod.uri, name)
    return [
      { name: 'SQLite', variables: { STORE_PATH: path }, fill: fillSqlite(path), touch: touchSqlite(path) },
      { name: 'mongod', variables: { MONGODB_URI: uri }, fill: fillMongo(uri), touch: touchMongo(uri) },
    ]
  }
  try {
    const figures: Figure[] = []
    for (const store of storesFor('spread'))
      figures.push(...(await measure(store, { entries: options.entries, providers: PROVIDERS }, options)))
    for (const store of storesFor('one'))
      figures.push(...(await measure(store, { entries: options.entries, providers: 1 }, options)))
    print(figures, options.json)
  } finally {
    await mongod.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function measure(
  { name, variables, fill, touch }: Store,
  catalogue: Catalogue,
  options: CatalogueBenchOptions,
): Promise<Figure[]> {
  const environment = { ...options.environment, ...variables }
  const contender = ingest(name, variables, options.environment)
  // The first start makes the tables and indexes.
  await (await contender.start()).stop()
  const empty = spreadOf(await timeList(environment, options.repeat, '--all'))
  await fill(catalogue)
  const beyond = async (flag: string): Promise<Spread> =>
    spreadOf((await timeList(environment, options.repeat, flag)).map((ms) => ms - empty.median))
  const size = `${catalogue.entries} entries of ${catalogue.providers} provider${catalogue.providers === 1 ? '' : 's'}`
  return [
    { what: `models list --all beyond its start, ${size}`, store: name, ms: await beyond('--all') },
    { what: `models list --json beyond its start, ${size}`, store: name, ms: await beyond('--json') },
    ...(await timeWorklists(contender, touch, size)),
  ]
}

async function timeList(environment: Environment, repeat: number, flag: string): Promise<number[]> {
  const took: number[] = []
  const command = [process.execPath, MODELS, 'list', flag] as const
  for (let round = 0; round < repeat; round += 1) {
    const began = performance.now()
    // It prints no single document of JSON: what counts is that all of it was printed.
    await runForJson([...command], environment).catch(() => null)
    took.push(performance.now() - began)
  }
  return took
}

const CHANGES = 10

async function timeWorklists(contender: Contender, touch: Touch, size: string): Promise<Figure[]> {
  const server = await contender.start()
  try {
    let { etag } = await ask(server)
    const changed: number[] = []
    for (let round = 0; round < CHANGES; round += 1) {
      await touch(round)
      // A change is seen a moment later; the look that sees it is the one that reads the catalogue.
      for (let seen = await ask(server); ; seen = await ask(server)) {
        if (seen.etag === etag) continue
        changed.push(seen.ms)
        etag = seen.etag
        break
      }
    }
    const warm: number[] = []
    const unchanged: number[] = []
    for (let look = 0; look < WARM_LOOKS; look += 1) {
      warm.push((await ask(server)).ms)
      unchanged.push((await ask(server, etag)).ms)
    }
    const store = contender.name
    return [
      { what: `/runner-config after a change, ${size}`, store, ms: spreadOf(changed) },
      { what: `/runner-config, ${size}`, store, ms: spreadOf(warm) },
      { what: `/runner-config 304, ${size}`, store, ms: spreadOf(unchanged) },
    ]
  } finally {
    await server.stop()
  }
}

async function ask({ url }: Server, etag?: string): Promise<{ ms: number; etag: string }> {
  const headers = { authorization: `Bearer ${KEY}`, ...(etag === undefined ? {} : { 'if-none-match': etag }) }
  const began = performance.now()
  const answer = await fetch(`${url}/runner-config?provider=groq`, { headers })
  await answer.text()
  const ms = performance.now() - began
  if (answer.status !== (etag === undefined ? 200 : 304)) throw new Error(`HTTP ${answer.status}`)
  return { ms, etag: answer.headers.get('etag') ?? '' }
}

function print(figures: readonly Figure[], json: boolean): void {
  if (json) {
    for (const figure of figures) process.stdout.write(`${JSON.stringify(figure)}\n`)
    return
  }
  const shown = ({ median, lowest, highest }: Spread): string =>
    `${median.toFixed(1)} (${lowest.toFixed(1)}–${highest.toFixed(1)})`
  const rows = figures.map(({ what, store, ms }) => [what, store, shown(ms)])
  process.stdout.write(`${renderTable(['what', 'store', 'ms'], rows)}\n`)
}
