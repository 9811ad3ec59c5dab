import { describe, expect, onTestFinished, test } from 'vitest'
import { createMongoStore } from '../../src/store/mongo.ts'
import { createSqliteStore } from '../../src/store/sqlite.ts'
import type { Store } from '../../src/store/store.ts'
import { addModel } from '../support/app.ts'
import { GROQ } from '../support/documents.ts'
import { until } from '../support/process.ts'
import {
  openBesideClient,
  openStore,
  STORE_KINDS,
  storeEnvironment,
  type StoreKind,
} from '../support/stores.ts'

const change = (reason: string) => ({ action: 'set', at: new Date(), actor: 'test', reason }) as const

/** Two stores on one database, as two processes have them. */
async function openTwo(kind: StoreKind): Promise<[Store, Store]> {
  const { MONGODB_URI: uri, STORE_PATH: path = '' } = storeEnvironment(kind)
  const open = () => (uri === undefined ? createSqliteStore(path) : createMongoStore(uri))
  const stores: [Store, Store] = [open(), open()]
  onTestFinished(async () => {
    for (const store of stores) await store.close()
  })
  for (const store of stores) await store.prepare()
  return stores
}

describe.each(STORE_KINDS)('the catalogue in the %s store', (kind) => {
  test('changes made at once by two people are all there, each recorded with what it saw', async () => {
    const stores = await openTwo(kind)
    await addModel(stores[0])
    const append = (n: number) => (before: Readonly<Record<string, unknown>>) => ({
      notes: [...((before['notes'] as number[] | undefined) ?? []), n],
    })
    const numbers = [0, 1, 2, 3, 4, 5]
    await Promise.all(numbers.map((n) => stores[n % 2]!.changeModel(GROQ, append(n), change(`number ${n}`))))
    const [entry] = await stores[0].findModels([GROQ])
    expect(new Set(entry?.['notes'] as number[])).toEqual(new Set(numbers))
    const changes = await stores[1].listChanges(GROQ, 100)
    expect(changes).toHaveLength(numbers.length + 1)
    expect(changes.every(({ outcome }) => outcome === 'made')).toBe(true)
    const lengths = changes.map(({ before }) => ((before?.['notes'] as number[] | undefined) ?? []).length)
    expect(new Set(lengths)).toEqual(new Set(numbers))
  })

  test('a change is recorded with its time, author, reason and the entry before it', async () => {
    const store = await openStore(kind)
    await addModel(store)
    const at = new Date(Date.now() + 1000)
    const made = { action: 'disable', at, actor: 'me', reason: 'a reason', forced: true } as const
    await store.changeModel(GROQ, { enabled: false }, made)
    const [newest, first] = await store.listChanges(GROQ, 10)
    expect(newest).toMatchObject({ ...made, outcome: 'made', set: { enabled: false } })
    expect(newest?.before).toMatchObject({ model_id: GROQ.modelId, enabled: true })
    expect(first).toMatchObject({ action: 'add', before: null, forced: false, set: { enabled: true } })
  })

  test('an edit that sees nothing to do changes and records nothing', async () => {
    const store = await openStore(kind)
    await addModel(store)
    expect(await store.changeModel(GROQ, () => null, change('none'))).toBe('unchanged')
    expect(await store.listChanges(GROQ, 10)).toHaveLength(1)
  })

  test('a change that clashes leaves the entry, and no record that says it was made', async () => {
    const store = await openStore(kind)
    await addModel(store, 'Some/Model')
    const twin = { ...GROQ, modelId: 'some/model' }
    const state = { enabled: false }
    await store.addModel({ ...twin, displayName: 'twin', quirks: {}, state }, change('as a spare'))
    expect(await store.changeModel(twin, { enabled: true }, change('both'))).toBe('clash')
    const changes = await store.listChanges(twin, 10)
    expect(changes.filter(({ outcome, reason }) => outcome === 'made' && reason === 'both')).toEqual([])
    expect(await store.findModels([twin])).toMatchObject([{ enabled: false }])
  })

  test('the version of the catalogue stays until a writer anywhere has changed something', async () => {
    const [reader, writer] = await openTwo(kind)
    const known = async () => reader.catalogueVersion()
    const version = await until(known, (word) => word !== null)
    expect(reader.catalogueVersion()).toBe(version)
    await addModel(writer)
    const next = await until(known, (word) => word !== version)
    await reader.changeModel(GROQ, { enabled: false }, change('own'))
    await until(known, (word) => word !== next)
  })
})

test('what others write with their own means is never overwritten, and every twin of an entry is changed', async () => {
  const { client, store } = openBesideClient()
  const models = client.db().collection('models')
  const twin = { provider: 'groq', model_id: 'twice', enabled: true }
  await models.insertMany([{ ...twin }, { ...twin, odd: { $set: 1, 'a.b': [null, NaN] } }])
  await store.prepare()
  const model = { provider: 'groq', modelId: 'twice' }
  const byHand = Array.from({ length: 5 }, (_, n) => models.updateMany(twin, { $set: { [`hand_${n}`]: n } }))
  await Promise.all([store.changeModel(model, () => ({ note: 'by command' }), change('race')), ...byHand])
  const found = await store.findModels([model])
  expect(found).toHaveLength(2)
  for (const document of found)
    expect(document).toMatchObject({ note: 'by command', hand_0: 0, hand_4: 4, enabled: true })
})

test('a catalogue that is dropped and made anew is seen as another one', async () => {
  const { client, store } = openBesideClient()
  await store.prepare()
  await addModel(store)
  const known = async () => store.catalogueVersion()
  const version = await until(known, (word) => word !== null)
  await client.db().dropCollection('models')
  expect(await until(known, (word) => word !== version)).toBeNull()
  const next = await until(known, (word) => word !== null)
  expect(next).not.toBe(version)
  await addModel(store)
  await until(known, (word) => word !== next)
})
