import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { MongoClient } from 'mongodb'
import { describe, expect, onTestFinished, test } from 'vitest'
import { readFailure } from '../../src/documents/failure.ts'
import { readRetentionSettings } from '../../src/retention/settings.ts'
import { createSqliteStore } from '../../src/store/sqlite.ts'
import type { Store } from '../../src/store/store.ts'
import { GROQ, legacyError } from '../support/documents.ts'
import { failNextCommand } from '../support/fail-point.ts'
import { NOW, OLD, run, write } from '../support/retention.ts'
import { openBesideClient, openStore, scratchFolder, STORE_KINDS, type StoreKind } from '../support/stores.ts'

type Rollup = { count: number; first: Date; last: Date }

/** A fresh store, and the one rollup that it has as its database holds it. */
async function openBesideRollup(
  kind: StoreKind,
): Promise<{ store: Store; client: MongoClient | null; readRollup: () => Promise<Rollup> }> {
  if (kind === 'mongodb') {
    const { store, client } = openBesideClient()
    await store.prepare()
    const readRollup = async (): Promise<Rollup> => {
      const rollup = await client.db().collection('error_rollups').findOne({})
      return { count: rollup?.['count'], first: rollup?.['first_seen'], last: rollup?.['last_seen'] }
    }
    return { store, client, readRollup }
  }
  const path = join(scratchFolder(), 'store.sqlite')
  const store = createSqliteStore(path)
  onTestFinished(() => store.close())
  await store.prepare()
  const readRollup = async (): Promise<Rollup> => {
    const database = new DatabaseSync(path, { readOnly: true })
    const rollup = database.prepare('SELECT count, first_seen, last_seen FROM error_rollups').get()
    database.close()
    const at = (name: string): Date => new Date(Number(rollup?.[name]))
    return { count: Number(rollup?.['count']), first: at('first_seen'), last: at('last_seen') }
  }
  return { store, client: null, readRollup }
}

const ERRORS = { RETENTION_DAYS_ERRORS_CLOUD: '200' }
async function fail(store: Store, ts: string): Promise<string> {
  const reading = { now: new Date(ts), runnerId: 'r', publishedProfiles: new Set<string>() }
  const read = readFailure({ value: legacyError({ ts }), faults: [] }, reading)
  if ('faults' in read) throw new Error(JSON.stringify(read.faults))
  expect(await store.writeErrors([read.row])).toEqual(['created'])
  await store.refreshRollup(read.row.fingerprint)
  return read.row.fingerprint
}

describe.each(STORE_KINDS)('retention in the %s store', (kind) => {
  test('tells first, removes a day only after its summary, and keeps what is young', async () => {
    const store = await openStore(kind)
    for (const hour of ['01', '02', '03']) await write(store, `${OLD}T${hour}:00:00.000Z`)
    await write(store, '2026-11-24T11:00:00.000Z')
    const told = { collection: 'metrics_cloud_v2', day: OLD, rows: 3 }
    expect(await run(store, [])).toMatchObject([{ ...told, removed: 0 }])
    expect(await run(store, [])).toMatchObject([told])
    expect(await run(store, ['--apply'])).toMatchObject([{ ...told, removed: 3 }])
    expect(await run(store, ['--apply'])).toEqual([])
    expect(await store.newestPublishedAt()).toEqual(new Date('2026-11-24T11:00:00Z'))
  })

  test('removes nothing whose summary cannot be written', async () => {
    const store = await openStore(kind)
    await write(store, `${OLD}T01:00:00.000Z`)
    await write(store, '2026-11-24T11:00:00.000Z')
    const addSummary = (): Promise<never> => Promise.reject(new Error('disk full'))
    const broken = { ...store, retention: { ...store.retention, addSummary } }
    await expect(run(broken, ['--apply'])).rejects.toThrow('disk full')
    expect(await run(store, [])).toMatchObject([{ rows: 1 }])
  })

  test('a row that comes in after the look stays', async () => {
    const store = await openStore(kind)
    await write(store, `${OLD}T01:00:00.000Z`)
    await write(store, '2026-11-24T11:00:00.000Z')
    const [day] = await store.retention.listExpiredDays('metrics_cloud_v2', new Date('2026-05-01'))
    await write(store, `${OLD}T02:00:00.000Z`, new Date(`${OLD}T05:00:00Z`))
    expect(await store.retention.removeDay(day!, day!.lastReceivedAt)).toBe(1)
    expect(await store.retention.readDay(day!)).toHaveLength(1)
  })

  test('failures go and stay counted in their rollup', async () => {
    const { store, readRollup } = await openBesideRollup(kind)
    for (const hour of ['01', '02', '03']) await fail(store, `${OLD}T${hour}:00:00.000Z`)
    await write(store, '2026-11-20T11:00:00.000Z')
    const fingerprint = await fail(store, '2026-11-23T11:00:00.000Z')
    const told = { collection: 'errors_cloud', before: '2026-05-08T00:00:00.000Z', rows: 3 }
    expect(await run(store, [], ERRORS)).toMatchObject([{ ...told, removed: 0 }])
    expect(await run(store, ['--apply'], ERRORS)).toMatchObject([{ ...told, removed: 3 }])
    expect(await run(store, ['--apply'], ERRORS)).toEqual([])

    await store.refreshRollup(fingerprint)
    const first = new Date(`${OLD}T01:00:00Z`)
    expect(await readRollup()).toEqual({ count: 4, first, last: new Date('2026-11-23T11:00:00Z') })
    await fail(store, '2026-11-24T11:00:00.000Z')
    expect(await readRollup()).toEqual({ count: 5, first, last: new Date('2026-11-24T11:00:00Z') })
    expect(await store.readModelFacts([GROQ], NOW)).toMatchObject([
      { failuresSinceSuccess: 2, failures24h: 1 },
    ])
  })

  test("a model's newest failure and all since its last success stay, however old", async () => {
    const store = await openStore(kind)
    await fail(store, `${OLD}T01:00:00.000Z`)
    await fail(store, `${OLD}T02:00:00.000Z`)
    expect(await run(store, [], ERRORS)).toEqual([])
    await write(store, `${OLD}T03:00:00.000Z`)
    expect(await run(store, ['--apply'], ERRORS)).toMatchObject([{ rows: 1, removed: 1 }])
    expect(await store.readModelFacts([GROQ], NOW)).toMatchObject([
      { lastError: { at: new Date(`${OLD}T02:00:00Z`) }, failuresSinceSuccess: 0 },
    ])
  })

  test('the newest day of a model stays, however old: its health is told from it', async () => {
    const store = await openStore(kind)
    await write(store, `${OLD}T01:00:00.000Z`)
    expect(await run(store, ['--apply'])).toEqual([])
  })
})

test('a removal of failures that was stopped counts none twice and is finished the next time', async () => {
  const { store, client, readRollup } = await openBesideRollup('mongodb')
  const old = await fail(store, `${OLD}T01:00:00.000Z`)
  await write(store, '2026-11-20T11:00:00.000Z')
  await fail(store, '2026-11-23T11:00:00.000Z')
  const namespace = `${client!.db().databaseName}.errors_cloud`
  await failNextCommand(client!, { failCommands: ['delete'], errorCode: 1, namespace })
  await expect(run(store, ['--apply'], ERRORS)).rejects.toThrow('removing old errors')
  await store.refreshRollup(old)
  expect(await readRollup()).toMatchObject({ count: 2 })
  expect(await run(store, ['--apply'], ERRORS)).toMatchObject([{ rows: 1, removed: 1 }])
  await store.refreshRollup(old)
  expect(await readRollup()).toMatchObject({ count: 2, first: new Date(`${OLD}T01:00:00Z`) })
})

test('the claims of removed results go with them', async () => {
  const { store, client } = openBesideClient()
  await store.prepare()
  await write(store, `${OLD}T01:00:00.000Z`)
  await write(store, '2026-11-24T11:00:00.000Z')
  expect(await run(store, ['--apply'])).toMatchObject([{ removed: 1 }])
  expect(await client.db().collection('result_ids').countDocuments({})).toBe(1)
})

test('nothing is removed unless a setting says so, and none may be shorter than a resend is taken', async () => {
  expect(readRetentionSettings({})).toEqual({
    metrics_cloud_v2: null,
    metrics_cloud_probe: null,
    errors_cloud: null,
  })
  expect(() => readRetentionSettings({ RETENTION_DAYS_METRICS_CLOUD_V2: '90' })).toThrow('from 100 to')
})
