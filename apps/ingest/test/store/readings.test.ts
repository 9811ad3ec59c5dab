import { DatabaseSync } from 'node:sqlite'
import { expect, onTestFinished, test } from 'vitest'
import type { ModelsReading } from '../../src/store/catalogue-store.ts'
import { createSqliteStore } from '../../src/store/sqlite.ts'
import type { CatalogueDocument, Store } from '../../src/store/store.ts'
import { until } from '../support/process.ts'
import { openBesideClient, storeEnvironment } from '../support/stores.ts'

/** A SQLite store and another connection to its file. */
async function openBesideFile(): Promise<{ store: Store; file: DatabaseSync }> {
  const { STORE_PATH: path = '' } = storeEnvironment('sqlite')
  const store = createSqliteStore(path)
  await store.prepare()
  const file = new DatabaseSync(path)
  onTestFinished(async () => {
    file.close()
    await store.close()
  })
  return { store, file }
}

const inOrder = (documents: readonly CatalogueDocument[]): CatalogueDocument[] =>
  documents.toSorted((left, right) => JSON.stringify(left).localeCompare(JSON.stringify(right)))

/** The difference turns the earlier reading into this one, and this one is what the store holds. */
async function expectWhole(store: Store, before: ModelsReading, reading: ModelsReading): Promise<void> {
  expect(inOrder(reading.documents)).toEqual(inOrder(await store.listModels('groq')))
  if (reading.since === null) return
  const { gone, come } = reading.since
  const stay = before.documents.filter((document) => !gone.has(document))
  expect(new Set([...stay, ...come])).toEqual(new Set(reading.documents))
}

/** What the ids of a difference are. */
const comeIn = ({ since }: ModelsReading): unknown[] | undefined =>
  since?.come.map((each) => each['model_id'])

test('a reading of MongoDB costs what has changed since the one before, whoever changed it', async () => {
  const { client, store } = openBesideClient()
  await store.prepare()
  const models = client.db().collection<{ _id: unknown; model_id: string }>('models')
  const entry = (model_id: string, provider = 'groq') => ({ provider, model_id, enabled: true })
  await models.insertMany([
    { ...entry('a') },
    { _id: 'a', ...entry('b') },
    { _id: { odd: 1 }, ...entry('c') },
    { ...entry('d', 'xai') },
  ] as never)
  await until(
    async () => store.catalogueVersion(),
    (version) => version !== null,
  )
  const read = async (before: ModelsReading): Promise<ModelsReading> => {
    const version = await until(
      async () => store.catalogueVersion(),
      (word) => word !== before.version,
    )
    expect(version).not.toBeNull()
    const reading = await store.readModels('groq', before)
    await expectWhole(store, before, reading)
    return reading
  }
  const first = await store.readModels('groq')
  expect(first.since).toBeNull()

  await models.updateOne({ model_id: 'b' }, { $set: { reasoning_effort: 'low' } })
  const second = await read(first)
  expect(comeIn(second)).toEqual(['b'])
  await models.updateOne({ model_id: 'd' }, { $set: { provider: 'groq' } })
  const third = await read(second)
  expect(comeIn(third)).toEqual(['d'])
  await models.deleteOne({ model_id: 'c' })
  const fourth = await read(third)
  expect([...(fourth.since?.gone ?? [])]).toMatchObject([{ model_id: 'c' }])
  await models.insertOne({ _id: 7, ...entry('e', 'xai') })
  const fifth = await read(fourth)
  expect(fifth.since).toEqual({ gone: new Set(), come: [] })
  expect((await store.readModels('groq', fifth)).documents).toEqual(fifth.documents)
})

test('a reading of MongoDB is made anew after more changes than are remembered, and after the collection was dropped', async () => {
  const { client, store } = openBesideClient()
  await store.prepare()
  const models = client.db().collection('models')
  const version = async () => store.catalogueVersion()
  await until(version, (word) => word !== null)
  const first = await store.readModels('groq')
  const many = Array.from({ length: 300 }, (_, n) => ({ provider: 'groq', model_id: `m${n}` }))
  await models.insertMany(many)
  const second = await until(
    () => store.readModels('groq', first),
    ({ documents }) => documents.length === 300,
  )
  expect(second.since).toBeNull()
  await models.drop()
  await models.insertOne({ provider: 'groq', model_id: 'after' })
  const third = await until(
    () => store.readModels('groq', second),
    ({ documents }) => documents.length === 1,
  )
  expect(third.documents).toMatchObject([{ model_id: 'after' }])
  await until(version, (word) => word !== null && word !== second.version)
  expect((await store.readModels('groq', second)).documents).toEqual(third.documents)
})

const INSERT = 'INSERT INTO models VALUES (?, ?, ?, ?)'
const text = (model_id: string) => JSON.stringify({ provider: 'groq', model_id, enabled: true })

test('a reading of SQLite costs what has changed since the one before, whoever changed it', async () => {
  const { store, file } = await openBesideFile()
  const read = async (before: ModelsReading): Promise<ModelsReading> => {
    const reading = await store.readModels('groq', before)
    await expectWhole(store, before, reading)
    return reading
  }
  for (const id of ['a', 'b', 'c']) file.prepare(INSERT).run('groq', id, 1, text(id))
  const first = await store.readModels('groq')
  expect(first.since).toBeNull()
  file.exec(`UPDATE models SET document = json_set(document, '$.note', 1) WHERE model_id = 'b'`)
  const second = await read(first)
  expect(comeIn(second)).toEqual(['b'])
  file.exec(
    `UPDATE models SET provider = 'xai' WHERE model_id = 'c'; DELETE FROM models WHERE model_id = 'a'`,
  )
  const third = await read(second)
  expect(third.documents).toMatchObject([{ model_id: 'b' }])
  const change = { action: 'add', at: new Date(), actor: 'test', reason: null } as const
  await store.addModel({ provider: 'groq', modelId: 'own', displayName: 'Own', quirks: {} }, change)
  const fourth = await read(third)
  expect(comeIn(fourth)).toEqual(['own'])
  expect((await read(fourth)).since).toEqual({ gone: new Set(), come: [] })
})

test('a reading of SQLite is made anew where the notes of what was touched do not tell', async () => {
  const { store, file } = await openBesideFile()
  const readAnew = async (before: ModelsReading): Promise<ModelsReading> => {
    const reading = await store.readModels('groq', before)
    expect(reading.since).toBeNull()
    await expectWhole(store, before, reading)
    return reading
  }
  file.prepare(INSERT).run('groq', 'a', 1, text('a'))
  let reading = await store.readModels('groq')

  // The row of "a" goes without a trigger: an index takes both for one.
  file.prepare(INSERT.replace('INSERT', 'INSERT OR REPLACE')).run('groq', 'A', 1, text('A'))
  reading = await readAnew(reading)
  expect(reading.documents).toMatchObject([{ model_id: 'A' }])

  file.exec('BEGIN')
  for (let n = 0; n < 1100; n += 1) file.prepare(INSERT).run('groq', `m${n}`, 0, text(`m${n}`))
  file.exec('COMMIT')
  reading = await readAnew(reading)
  expect(reading.documents).toHaveLength(1101)

  file.exec(
    'CREATE TABLE other AS SELECT * FROM models LIMIT 3; DROP TABLE models; ALTER TABLE other RENAME TO models',
  )
  reading = await readAnew(reading)
  expect(reading.documents).toHaveLength(3)
  file.exec(`UPDATE models SET document = json_set(document, '$.note', 1)`)
  await readAnew(reading)
})
