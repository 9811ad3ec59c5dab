import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pino } from 'pino'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { createBookkeeper } from '../src/bookkeeper.ts'
import { createSqliteStore } from '../src/store/sqlite.ts'
import type { Store } from '../src/store/store.ts'
import { addModel } from './support/app.ts'
import { GROQ } from './support/documents.ts'
import { hoursAgo, storeErrors, storeResults } from './support/runs.ts'
import { openBesideClient, scratchFolder, STORE_KINDS, type StoreKind } from './support/stores.ts'

type Beside = {
  readonly store: Store
  /** From now on the database takes no health of models of that name. */
  readonly refuseHealthOf: (modelId: string) => Promise<void>
  readonly fill: (models: number) => Promise<void>
  readonly removeModel: (modelId: string) => Promise<void>
  readonly rollups: () => Promise<number>
}

const names = (models: number): string[] => Array.from({ length: models }, (_, index) => `model-${index}`)
const entry = (modelId: string) => ({ provider: GROQ.provider, model_id: modelId, enabled: true })

async function openMongo(): Promise<Beside> {
  const { store, client } = openBesideClient()
  await store.prepare()
  const db = client.db()
  return {
    store,
    refuseHealthOf: async (modelId) => {
      await db.createCollection('bench_model_health', { validator: { model_id: { $ne: modelId } } })
    },
    fill: async (models) => {
      await db.collection('models').insertMany(names(models).map(entry))
    },
    removeModel: async (modelId) => {
      await db.collection('models').deleteMany({ model_id: modelId })
    },
    rollups: () => db.collection('error_rollups').countDocuments(),
  }
}

async function openSqlite(): Promise<Beside> {
  const path = join(scratchFolder(), 'store.sqlite')
  const store = createSqliteStore(path)
  await store.prepare()
  const beside = new DatabaseSync(path)
  onTestFinished(async () => {
    beside.close()
    await store.close()
  })
  return {
    store,
    refuseHealthOf: async (modelId) =>
      beside.exec(`CREATE TRIGGER refused BEFORE INSERT ON bench_model_health WHEN new.model_id = '${modelId}'
        BEGIN SELECT RAISE(ABORT, 'refused'); END`),
    fill: async (models) => {
      beside.exec('BEGIN')
      const insert = beside.prepare('INSERT INTO models VALUES (?, ?, 1, ?)')
      for (const modelId of names(models)) insert.run(GROQ.provider, modelId, JSON.stringify(entry(modelId)))
      beside.exec('COMMIT')
    },
    removeModel: async (modelId) => {
      beside.prepare('DELETE FROM models WHERE model_id = ?').run(modelId)
    },
    rollups: async () => Number(beside.prepare('SELECT count(*) AS n FROM error_rollups').get()?.['n']),
  }
}

const openBeside = (kind: StoreKind): Promise<Beside> => (kind === 'mongodb' ? openMongo() : openSqlite())

/** Starts a bookkeeper that ends with the test. */
function start(store: Store): ReturnType<typeof createBookkeeper> {
  const logger = pino({ level: 'silent' })
  const bookkeeper = createBookkeeper({ store, logger, cadenceSeconds: 1800, now: () => new Date() })
  onTestFinished(() => bookkeeper.stop())
  bookkeeper.start()
  return bookkeeper
}

const knownOf = async (store: Store): Promise<string[]> =>
  (await store.listHealth()).map(({ id }) => id.slice(GROQ.provider.length + 1)).toSorted()

describe.each(STORE_KINDS)('bookkeeping on the %s store', (kind) => {
  test('a model whose health is not taken holds up neither the others nor the rollups', async () => {
    const { store, refuseHealthOf, rollups } = await openBeside(kind)
    await refuseHealthOf('a-bad-one')
    for (const modelId of ['a-bad-one', 'good', 'fine']) {
      await addModel(store, modelId)
      await storeResults(store, [hoursAgo(1)], { model_name: modelId })
    }
    await storeErrors(store, [hoursAgo(2)], { model_name: 'a-bad-one' })
    const bookkeeper = start(store)
    await vi.waitFor(async () => expect(await knownOf(store)).toEqual(['fine', 'good']), { timeout: 4000 })
    await vi.waitFor(async () => expect(await rollups()).toBe(1), { timeout: 4000 })
    await vi.waitFor(() => expect(bookkeeper.state()).toEqual({ waiting: 1, failing: 1 }))
  })

  test('a catalogue of 1,200 models is looked at in one sweep', async () => {
    const { store, fill } = await openBeside(kind)
    await fill(1200)
    start(store)
    await vi.waitFor(async () => expect(await knownOf(store)).toHaveLength(1200), { timeout: 15_000 })
  })

  test('the health of a model that is gone from the catalogue goes too', async () => {
    const { store, fill, removeModel } = await openBeside(kind)
    await fill(2)
    start(store)
    await vi.waitFor(async () => expect(await knownOf(store)).toEqual(['model-0', 'model-1']))
    await removeModel('model-1')
    start(store)
    await vi.waitFor(async () => expect(await knownOf(store)).toEqual(['model-0']), { timeout: 4000 })
  })
})
