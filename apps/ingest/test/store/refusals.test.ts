import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Db } from 'mongodb'
import { expect, onTestFinished, test } from 'vitest'
import { createMongoStore } from '../../src/store/mongo.ts'
import { createSqliteStore } from '../../src/store/sqlite.ts'
import type { Store, Trouble } from '../../src/store/store.ts'
import { addModel, openApp } from '../support/app.ts'
import { legacyError, result, secondsAgo } from '../support/documents.ts'
import { failNextCommand } from '../support/fail-point.ts'
import { openBesideClient, scratchFolder } from '../support/stores.ts'

const AT = secondsAgo(600).toISOString()
/** Each at a time of its own. */
const good = (seconds: number) => ({
  kind: 'result',
  ...result({ run_ts: secondsAgo(seconds).toISOString() }),
})
const bad = (changes = {}) => ({ kind: 'result', ...result({ run_ts: AT, ...changes }) })
const badError = (changes = {}) => ({ kind: 'error', ...legacyError({ ts: AT, message: 'bad', ...changes }) })
const UNIQUE = { unique: true, name: 'of_the_owner' } as const

type Verdict = { readonly verdict: string; readonly code?: string; readonly reason?: string }

/** Posts a batch of these between two good results, twice; the verdicts of both times. */
async function postTwice(store: Store, items: readonly unknown[]): Promise<readonly Verdict[][]> {
  const { post } = await openApp({ store })
  await addModel(store)
  const batch = { batch_id: 'b', items: [good(60), ...items, good(120)] }
  const answers = [await post('/ingest/batch', batch), await post('/ingest/batch', batch)]
  return answers.map((answer) => {
    expect(answer.statusCode, answer.body).toBe(200)
    return answer.json().results as Verdict[]
  })
}

const REFUSED = { verdict: 'rejected', code: 'refused_by_store' }

test.each<[title: string, prepare: (db: Db) => Promise<unknown>, item: unknown, reason: RegExp]>([
  [
    'a validator',
    (db) => db.command({ collMod: 'metrics_cloud_v2', validator: { generate_time: { $lt: 5 } } }),
    bad({ generate_time: 10, tokens_per_second: 6.4 }),
    /metrics_cloud_v2: the collection's validator refuses .*121/,
  ],
  [
    'a validator for errors',
    (db) => db.command({ collMod: 'errors_cloud', validator: { message: { $ne: 'bad' } } }),
    badError(),
    /errors_cloud: the collection's validator/,
  ],
  [
    'a validator of the claims',
    (db) => db.command({ create: 'result_ids', validator: { run_ts: { $ne: new Date(AT) } } }),
    bad(),
    /result_ids: the collection's validator/,
  ],
  [
    'a geographic index',
    (db) => db.collection('metrics_cloud_v2').createIndex({ region: '2dsphere' }),
    bad({ region: 'eu-1' }),
    /metrics_cloud_v2: a geographic index .*16755/,
  ],
  [
    'a text index',
    (db) =>
      db.collection('metrics_cloud_v2').createIndex({ region: 'text' }, { language_override: 'region' }),
    bad({ region: 'klingon' }),
    /metrics_cloud_v2: a text index .*17262/,
  ],
])('%s of the database’s owner refuses one document, and its neighbours are stored', async (...of) => {
  const [, prepare, item, reason] = of
  const { uri, client, store: first } = openBesideClient()
  await first.prepare()
  await prepare(client.db())
  const troubles: Trouble[] = []
  const store = createMongoStore(uri, {}, (trouble) => void troubles.push(trouble))
  onTestFinished(() => store.close())
  await store.prepare()
  for (const [index, verdicts] of (await postTwice(store, [item])).entries()) {
    expect(verdicts[1]).toMatchObject({ ...REFUSED, reason: expect.stringMatching(reason) })
    const others = [verdicts[0]?.verdict, verdicts[2]?.verdict]
    expect(others).toEqual(index === 0 ? ['created', 'created'] : ['duplicate', 'duplicate'])
  }
  expect(troubles.every(({ forGood, message }) => forGood && message !== '')).toBe(true)
})

test.each([
  ['mongodb', 'metrics_cloud_v2', bad],
  ['mongodb', 'errors_cloud', badError],
  ['sqlite', 'results', bad],
  ['sqlite', 'errors_cloud', badError],
] as const)(
  'a unique index of the owner’s (%s, %s) refuses the second of two, once for good',
  async (...of) => {
    const [kind, table, make] = of
    const time = table === 'errors_cloud' ? 'ts' : 'run_ts'
    const store = kind === 'mongodb' ? await ownIndexed(table, time) : await sqliteWith(ownIndex(table, time))
    const [first, second] = await postTwice(store, [
      make({ result_id: 'first-0001' }),
      make({ result_id: 'second-0002' }),
    ])
    expect(first?.map(({ verdict }) => verdict)).toEqual(['created', 'created', 'rejected', 'created'])
    // What is in already stays so, whatever index says it first.
    expect(second?.map(({ verdict }) => verdict)).toEqual(['duplicate', 'duplicate', 'rejected', 'duplicate'])
    expect(first?.[2]).toMatchObject({ ...REFUSED, reason: expect.stringMatching(/unique index/) })
  },
)

async function ownIndexed(collection: string, time: string): Promise<Store> {
  const { client, store } = openBesideClient()
  await store.prepare()
  await client
    .db()
    .collection(collection)
    .createIndex({ provider: 1, model_name: 1, [time]: 1 }, UNIQUE)
  return store
}

const ownIndex = (table: string, time: string): string =>
  `CREATE UNIQUE INDEX of_the_owner ON ${table} (provider, model_name, ${time})`

async function sqliteWith(sql: string): Promise<Store> {
  const path = join(scratchFolder(), 'store.sqlite')
  const store = createSqliteStore(path)
  onTestFinished(() => store.close())
  await store.prepare()
  const other = new DatabaseSync(path)
  other.exec(sql)
  other.close()
  return store
}

test.each(['ABORT', 'FAIL'])('a trigger of the owner’s that raises %s refuses its row alone', async (how) => {
  const store = await sqliteWith(
    `CREATE TRIGGER of_the_owner BEFORE INSERT ON results WHEN new.document LIKE '%"eu-1"%'
     BEGIN SELECT RAISE(${how}, 'not from there'); END`,
  )
  const [first] = await postTwice(store, [bad({ region: 'eu-1' })])
  expect(first?.map(({ verdict }) => verdict)).toEqual(['created', 'rejected', 'created'])
})

test('a single document that is refused for good is 202 with the reason, an error too', async () => {
  const { client, store } = openBesideClient()
  await store.prepare()
  const { post } = await openApp({ store })
  await addModel(store)
  for (const collection of ['metrics_cloud_v2', 'errors_cloud'])
    await client.db().command({ collMod: collection, validator: { never: true } })
  for (const [path, body] of [
    ['/ingest', result()],
    ['/ingest/error', legacyError()],
  ] as const) {
    const answer = await post(path, body)
    expect([answer.statusCode, answer.json()]).toMatchObject([
      202,
      { status: 'rejected', code: 'refused_by_store' },
    ])
  }
})

test.each([
  [14_031, 'no room on the disk'],
  [13, 'no right to write'],
  [112, 'a conflict of writes'],
])('what may pass (%s, %s) is undecided, and its cause is noted', async (errorCode) => {
  const { uri, client, store: first } = openBesideClient()
  await first.prepare()
  const troubles: Trouble[] = []
  const store = createMongoStore(uri, {}, (trouble) => void troubles.push(trouble))
  onTestFinished(() => store.close())
  await store.prepare()
  const { post } = await openApp({ store })
  await addModel(store)
  const namespace = `${client.db().databaseName}.metrics_cloud_v2`
  await failNextCommand(client, { failCommands: ['insert'], namespace, errorCode })
  const body = result()
  expect((await post('/ingest', body)).statusCode).toBe(503)
  expect(troubles).toMatchObject([{ collection: 'metrics_cloud_v2', code: errorCode, forGood: false }])
  expect((await post('/ingest', body)).json()).toMatchObject({ verdict: 'created' })
})

test('a row of a provider’s list that is refused for good costs the others nothing', async () => {
  const { client, store } = openBesideClient()
  await store.prepare()
  await client.db().command({ collMod: 'provider_catalog', validator: { name: { $ne: 'bad' } } })
  const { post } = await openApp({ store })
  const models = ['good', 'bad', 'fine'].map((name) => ({ model_id: name, name, raw: {} }))
  const listing = { provider: 'groq', models, pagination_complete: true, started_at: AT }
  for (const newCount of [2, 0]) {
    const answer = await post('/ingest/catalog', listing)
    expect([answer.statusCode, answer.json()]).toMatchObject([200, { new_count: newCount }])
  }
})

test('a row of a list that is larger than a document may be is left out and named, its model is kept', async () => {
  const { store } = openBesideClient()
  await store.prepare()
  const { post } = await openApp({ store })
  const models = [
    { model_id: 'huge', name: 'huge', raw: { numbers: Array.from({ length: 1_900_000 }, () => 1) } },
    { model_id: 'fine', name: 'fine', raw: { a: 1 } },
  ]
  const body = gzipSync(JSON.stringify({ provider: 'groq', models, pagination_complete: true }))
  const answer = await post('/ingest/catalog', body, { 'content-encoding': 'gzip' })
  expect(answer.json()).toMatchObject({ new_count: 2, dropped_fields: ['/models/0/raw'] })
  expect((await store.listCatalog('groq')).map(({ raw }) => raw)).toEqual([{}, { a: 1 }])
})
