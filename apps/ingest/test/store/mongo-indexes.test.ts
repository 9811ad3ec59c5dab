import type { CreateIndexesOptions, Db, IndexSpecification } from 'mongodb'
import { expect, test } from 'vitest'
import { openBesideClient } from '../support/stores.ts'

const BY_MODEL = { provider: 1, model_name: 1, run_ts: -1 } as const

const namesOf = async (db: Db, collection: string): Promise<string[]> =>
  (await db.collection(collection).indexes()).map(({ name }) => name ?? '').toSorted()

test.each<[title: string, collection: string, keys: IndexSpecification, options: CreateIndexesOptions]>([
  ['under the name that MongoDB gives', 'metrics_cloud_v2', BY_MODEL, {}],
  ['under a name of somebody else’s', 'metrics_cloud_v2', BY_MODEL, { name: 'advised' }],
  ['under the name that an older ingest gave', 'metrics_cloud_v2', { run_ts: -1 }, { name: 'by_time' }],
  ['that is unique as well', 'metrics_cloud_v2', BY_MODEL, { unique: true }],
  ['that lets rows expire', 'metrics_cloud_probe', { received_at: 1 }, { expireAfterSeconds: 10_000_000 }],
  ['of the catalogue', 'models', { provider: 1 }, { name: 'p' }],
  ['of errors', 'errors_cloud', { provider: 1, model_name: 1, ts: -1, error_kind: 1 }, { name: 'e' }],
  ['of unique rows, under another name', 'api_keys', { digest: 1 }, { unique: true, name: 'digests' }],
])('an index with the same keys %s is used', async (_title, collection, keys, options) => {
  const { client, store } = openBesideClient()
  const rows = client.db().collection(collection)
  await rows.createIndex(keys, options)
  const before = await rows.indexes()
  await store.prepare()
  expect(await rows.indexes()).toEqual(expect.arrayContaining(before))
  const same = (await rows.indexes()).filter(({ key }) => JSON.stringify(key) === JSON.stringify(keys))
  expect(same).toHaveLength(1)
})

test('another program that creates the same indexes later finds them under MongoDB’s names', async () => {
  const { client, store } = openBesideClient()
  await store.prepare()
  const plain = [
    ['metrics_cloud_v2', BY_MODEL],
    ['metrics_cloud_probe', BY_MODEL],
    ['metrics_cloud_v2', { run_ts: -1 }],
    ['errors_cloud', { provider: 1, model_name: 1, ts: -1, error_kind: 1 }],
    ['errors_cloud', { fingerprint: 1, ts: -1 }],
    ['models', { provider: 1 }],
  ] as const
  for (const [collection, keys] of plain) {
    const before = await namesOf(client.db(), collection)
    await client.db().collection(collection).createIndex(keys)
    expect(await namesOf(client.db(), collection)).toEqual(before)
  }
})

test.each<[title: string, collection: string, keys: IndexSpecification, options: CreateIndexesOptions]>([
  ['has other keys', 'metrics_cloud_v2', { model_name: 1 }, { name: 'one_row_per_result' }],
  ['has the same keys but other options', 'metrics_cloud_v2', { run_ts: -1 }, { name: 'x', hidden: true }],
  ['has the same keys but other options', 'models', { provider: 1 }, { name: 'provider_1', sparse: true }],
])('an index that conflicts is named with its collection: it %s', async (what, collection, keys, options) => {
  const { client, store } = openBesideClient()
  const rows = client.db().collection(collection)
  await rows.createIndex(keys, options)
  const refused = store.prepare()
  await expect(refused).rejects.toThrow(
    new RegExp(`Index \\w+(-1)? of ${collection} cannot be made: the index`),
  )
  await expect(refused).rejects.toThrow(`the index ${options.name} ${what}`)
  await expect(refused).rejects.toThrow(`db.${collection}.dropIndex("${options.name}")`)
  expect(store.isPrepared()).toBe(false)
  await rows.dropIndex(options.name ?? '')
  await store.prepare()
  expect(store.isPrepared()).toBe(true)
})

test('everything in the way is named at once', async () => {
  const { client, store } = openBesideClient()
  await client.db().collection('metrics_cloud_v2').createIndex({ a: 1 }, { name: 'one_row_per_result' })
  await client
    .db()
    .collection('errors_cloud')
    .insertMany([{ result_id: 'twin-0001' }, { result_id: 'twin-0001' }])
  const refused = store.prepare()
  await expect(refused).rejects.toThrow('Index one_row_per_result of metrics_cloud_v2')
  await expect(refused).rejects.toThrow('Index one_row_per_attempt of errors_cloud')
})

test.each(['one_row_per_result', 'run_ts_-1'])(
  'an index that is dropped (%s) is made again',
  async (name) => {
    const { client, store } = openBesideClient()
    await store.prepare()
    const rows = client.db().collection('metrics_cloud_v2')
    await rows.dropIndex(name)
    await store.prepare()
    expect(await namesOf(client.db(), 'metrics_cloud_v2')).toContain(name)
    expect(store.isPrepared()).toBe(true)
  },
)

test('an index that is dropped and cannot be made again makes the store unready until it can', async () => {
  const { client, store } = openBesideClient()
  await store.prepare()
  const rows = client.db().collection('metrics_cloud_probe')
  await rows.dropIndex('one_row_per_result')
  await rows.insertMany([{ result_id: 'twin-0001' }, { result_id: 'twin-0001' }])
  await expect(store.prepare()).rejects.toThrow('twin-0001')
  expect(store.isPrepared()).toBe(false)
  await rows.deleteOne({ result_id: 'twin-0001' })
  await store.prepare()
  expect(store.isPrepared()).toBe(true)
})

test('a collection that is dropped has its indexes again', async () => {
  const { client, store } = openBesideClient()
  await store.prepare()
  await client.db().collection('errors_cloud').drop()
  await store.prepare()
  expect(await namesOf(client.db(), 'errors_cloud')).toContain('one_row_per_attempt')
})
