import { MongoClient, ObjectId, type Document } from 'mongodb'
import { expect, onTestFinished, test, vi } from 'vitest'
import { readFailure } from '../../src/documents/failure.ts'
import { readResult } from '../../src/documents/result.ts'
import { StoreUnavailable } from '../../src/errors.ts'
import { createMongoDatabase } from '../../src/store/mongo-database.ts'
import { createMongoStore } from '../../src/store/mongo.ts'
import type { ErrorRow, ResultRow, Store } from '../../src/store/store.ts'
import { legacyError, legacyResult, result } from '../support/documents.ts'
import { failNextCommand } from '../support/fail-point.ts'
import { freshMongodbUri, openBesideClient } from '../support/stores.ts'

const NOW = new Date('2026-11-24T12:00:00Z')
const reading = { now: NOW, runnerId: 'r-1', publishedProfiles: new Set(['cloud-default-v1']) }
const QUICK = { operationMs: 1500, selectionMs: 1000, poolMs: 1000, majorityMs: 1000 }

function rowOf(body: Document): ResultRow {
  const read = readResult({ value: body, faults: [] }, reading)
  if ('faults' in read) throw new Error(JSON.stringify(read.faults))
  return read.row
}

/** A prepared store and a client of its own beside it, on one fresh database. */
async function open(
  timeouts?: typeof QUICK,
): Promise<{ store: Store; client: MongoClient; uri: string; database: string }> {
  const uri = freshMongodbUri()
  const client = new MongoClient(uri)
  const store = createMongoStore(uri, timeouts)
  onTestFinished(async () => {
    await store.close()
    await client.close()
  })
  await createMongoStoreIndexes(uri)
  await store.prepare()
  return { store, client, uri, database: client.db().databaseName }
}

/** With the usual patience, so that the quick deadlines of a test meet indexes that exist. */
async function createMongoStoreIndexes(uri: string): Promise<void> {
  const store = createMongoStore(uri)
  await store.prepare()
  await store.close()
}

/** Makes the next insert into one collection fail in a given way. */
const failInsert = (client: MongoClient, namespace: string, how: Document): Promise<void> =>
  failNextCommand(client, { failCommands: ['insert'], namespace, ...how })

test('a write that the majority has not confirmed is undecided, and a duplicate once it has', async () => {
  const { store, client, database } = await open()
  const row = rowOf(result({ run_ts: '2026-11-24T11:00:00Z' }))
  const how = { writeConcernError: { code: 64, errmsg: 'waiting for replication timed out' } }
  await failInsert(client, `${database}.metrics_cloud_v2`, how)
  expect(await store.writeResults([row, rowOf(result({ run_ts: '2026-11-24T11:00:00Z' }))])).toEqual([
    'undecided',
    'undecided',
  ])
  expect(await store.writeResults([row])).toEqual(['duplicate'])
})

test('a claim that the majority has not confirmed writes no row', async () => {
  const { store, client, database } = await open()
  await failInsert(client, `${database}.result_ids`, {
    writeConcernError: { code: 64, errmsg: 'timed out' },
  })
  expect(await store.writeResults([rowOf(result({ run_ts: '2026-11-24T11:00:00Z' }))])).toEqual(['undecided'])
  expect(await client.db().collection('metrics_cloud_v2').countDocuments({})).toBe(0)
})

test('a connection that breaks at an insert costs nothing: the driver asks once more', async () => {
  const { store, client, database } = await open()
  await failInsert(client, `${database}.metrics_cloud_v2`, { closeConnection: true })
  expect(await store.writeResults([rowOf(result({ run_ts: '2026-11-24T11:00:00Z' }))])).toEqual(['created'])
  expect(await client.db().collection('metrics_cloud_v2').countDocuments({})).toBe(1)
})

test('a server that hangs is left alone at the deadline, and the resend finds what it did', async () => {
  const { store, client, uri, database } = await open(QUICK)
  const row = rowOf(result({ run_ts: '2026-11-24T11:00:00Z' }))
  await failInsert(client, `${database}.metrics_cloud_v2`, { blockConnection: true, blockTimeMS: 6000 })
  const began = performance.now()
  await expect(store.writeResults([row])).rejects.toBeInstanceOf(StoreUnavailable)
  expect(performance.now() - began).toBeLessThan(5000)
  const patient = createMongoStore(uri)
  onTestFinished(() => patient.close())
  // The hanging insert keeps its lock for a while yet, and a start is tried again as the service tries it.
  await vi.waitFor(() => patient.prepare(), { timeout: 20_000, interval: 100 })
  expect(['created', 'duplicate']).toContain((await patient.writeResults([row]))[0])
  expect(await client.db().collection('metrics_cloud_v2').countDocuments({})).toBe(1)
})

test.each(['', '?journal=false', '?w=1', '?w=0&journal=false', '?wtimeoutMS=1', '?readPreference=secondary'])(
  'what the URI says (%s) does not change when a write counts as done',
  async (query) => {
    const { db, close } = createMongoDatabase(`mongodb://127.0.0.1:1/llm-bench${query}`)
    onTestFinished(close)
    expect(db.collection('x').writeConcern).toMatchObject({ w: 'majority', j: true, wtimeout: 5000 })
    expect(db.collection('x').readPreference?.mode).toBe('primary')
  },
)

test('times are dates, ids are ordered by time, and answer text is not kept', async () => {
  const { store, client } = await open()
  const row = rowOf(
    legacyResult({ run_ts: '2026-11-01 10:00:00', gen_ts: null, output_text: 'Once', route_tag: 'a' }),
  )
  await store.writeResults([row])
  const document = await client.db().collection('metrics_cloud_v2').findOne({})
  expect(document).toMatchObject({
    run_ts: new Date('2026-11-01T10:00:00Z'),
    runner_id: 'r-1',
    route_tag: 'a',
  })
  expect(document?.['received_at']).toBeInstanceOf(Date)
  expect(document?.['_id'].getTimestamp()).toEqual(new Date('2026-11-01T10:00:00Z'))
  expect(document).not.toHaveProperty('output_text')
})

test('a rollup holds what its errors say, three samples at most', async () => {
  const { store, client } = await open()
  const rows = ['aaaaaaaa', 'bbbbbbbb', 'cccccccc', 'dddddddd'].map((id, minute): ErrorRow => {
    const body = legacyError({ message: `Slow  request_id: ${id}`, ts: `2026-11-01 10:0${minute}:00` })
    const read = readFailure({ value: body, faults: [] }, reading)
    if ('faults' in read) throw new Error(JSON.stringify(read.faults))
    return read.row
  })
  expect(new Set(rows.map((row) => row.fingerprint)).size).toBe(1)
  await store.writeErrors(rows)
  await store.refreshRollup(rows[0]!.fingerprint)
  await store.refreshRollup(rows[0]!.fingerprint)
  expect(await client.db().collection('error_rollups').find().toArray()).toMatchObject([
    { count: 4, first_seen: new Date('2026-11-01T10:00:00Z'), last_seen: new Date('2026-11-01T10:03:00Z') },
  ])
  const rollup = await client.db().collection('error_rollups').findOne({})
  expect(rollup?.['sample_messages']).toHaveLength(3)
})

test('a catalogue that breaks its own rule already is an alarm and not a stop', async () => {
  const { client, store } = openBesideClient()
  const twin = (model_id: string) => ({ provider: 'groq', model_id, enabled: true })
  await client
    .db()
    .collection('models')
    .insertMany([twin('Same'), twin('same'), { note: 'by hand' }])
  const { problems } = await store.prepare()
  expect(problems).toHaveLength(1)
  expect(problems[0]).toContain('one_enabled_in_any_case')
  expect(store.isPrepared()).toBe(true)
})

test('a store whose documents are in the way of a unique index is not served, and names them', async () => {
  const { client, store } = openBesideClient()
  const rows = client.db().collection('metrics_cloud_v2')
  const twins = [new ObjectId(), new ObjectId()] as const
  await rows.insertMany([...twins.map((_id) => ({ _id, result_id: 'twin-0001' })), {}])
  const places = `"twin-0001" stands in the documents ${twins[0].toHexString()}, ${twins[1].toHexString()}`
  await expect(store.prepare()).rejects.toThrow(
    `Index one_row_per_result of metrics_cloud_v2 cannot be made: result_id ${places}`,
  )
  expect(store.isPrepared()).toBe(false)
  await rows.deleteOne({ _id: twins[1] })
  await store.prepare()
  await store.prepare()
  expect(store.isPrepared()).toBe(true)
})

test('what /health asks is served by indexes', async () => {
  const { client, store } = await open()
  await store.writeResults([rowOf(result({ run_ts: '2026-11-24T11:00:00Z' }))])
  const newest = client
    .db()
    .collection('metrics_cloud_v2')
    .find({ run_ts: { $type: 'date' } }, { sort: { run_ts: -1 }, projection: { run_ts: 1 }, limit: 1 })
  const plan = JSON.stringify(await newest.explain('executionStats'))
  expect(plan).toContain('"indexName":"run_ts_-1"')
  expect(plan).not.toContain('COLLSCAN')
  expect(plan).not.toContain('"stage":"SORT"')
})
