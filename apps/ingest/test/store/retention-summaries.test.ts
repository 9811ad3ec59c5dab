import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createMongoStore } from '../../src/store/mongo.ts'
import { createSqliteStore } from '../../src/store/sqlite.ts'
import type { Store } from '../../src/store/store.ts'
import { failNextCommand } from '../support/fail-point.ts'
import { OLD, run, write } from '../support/retention.ts'
import { openBesideClient, scratchFolder, STORE_KINDS, type StoreKind } from '../support/stores.ts'

type Summaries = {
  readonly store: Store
  readonly restart: () => Promise<Store>
  /** Makes the next removal fail; with the result, what it had removed by then is gone and the next one succeeds. */
  readonly breakRemoval: (rowsRemoved: number) => Promise<() => Promise<void>>
  readonly summaries: () => Promise<unknown[]>
}

/** A fresh store, and its summaries of results as its database holds them. */
const openBesideSummaries = (kind: StoreKind): Promise<Summaries> =>
  kind === 'mongodb' ? openMongoBesideSummaries() : openSqliteBesideSummaries()

async function prepared(store: Store): Promise<Store> {
  onTestFinished(() => store.close())
  await store.prepare()
  return store
}

async function openMongoBesideSummaries(): Promise<Summaries> {
  const { uri, store, client } = openBesideClient()
  await store.prepare()
  const results = client.db().collection('metrics_cloud_v2')
  const open = (): Promise<Store> => prepared(createMongoStore(uri))
  return {
    store,
    restart: async () => {
      await store.close()
      return await open()
    },
    breakRemoval: async (rowsRemoved) => {
      const namespace = `${client.db().databaseName}.metrics_cloud_v2`
      await failNextCommand(client, { failCommands: ['delete'], errorCode: 1, namespace })
      // A server that breaks off has removed some of the rows, and those stay removed.
      return async () => {
        for (let removed = 0; removed < rowsRemoved; removed += 1)
          await results.deleteOne({ run_ts: { $lt: new Date('2026-02-01') } })
      }
    },
    summaries: () => client.db().collection('result_summaries').find().sort({ _id: 1 }).toArray(),
  }
}

async function openSqliteBesideSummaries(): Promise<Summaries> {
  const path = join(scratchFolder(), 'store.sqlite')
  const open = (): Promise<Store> => prepared(createSqliteStore(path))
  const inFile = <Result>(work: (database: DatabaseSync) => Result): Result => {
    const database = new DatabaseSync(path)
    try {
      return work(database)
    } finally {
      database.close()
    }
  }
  const store = await open()
  return {
    store,
    restart: async () => {
      await store.close()
      return await open()
    },
    breakRemoval: async (rowsRemoved) => {
      inFile((database) =>
        database.exec(`CREATE TRIGGER broken BEFORE DELETE ON results
          WHEN (SELECT count(*) FROM results) <= ${6 - rowsRemoved} BEGIN SELECT RAISE(ABORT, 'broken off'); END`),
      )
      return async () => inFile((database) => database.exec('DROP TRIGGER broken'))
    },
    summaries: async () =>
      inFile((database) =>
        database
          .prepare('SELECT document FROM result_summaries ORDER BY id')
          .all()
          .map((row) => JSON.parse(String(row['document']))),
      ),
  }
}

describe.each(STORE_KINDS)('summaries of removed results in the %s store', (kind) => {
  test('a removal that breaks off changes no summary, and is finished after a restart', async () => {
    const { store, restart, breakRemoval, summaries } = await openBesideSummaries(kind)
    for (const hour of ['01', '02', '03', '04', '05']) await write(store, `${OLD}T${hour}:00:00.000Z`)
    await write(store, '2026-11-24T11:00:00.000Z')
    const goOn = await breakRemoval(2)
    await expect(run(store, ['--apply'])).rejects.toThrow('removing old results')
    const before = await summaries()
    expect(before).toMatchObject([{ rows: 5, tokens_per_second: { count: 5 } }])
    await goOn()

    const restarted = await restart()
    const [finished] = await run(restarted, ['--apply'])
    expect(finished).toMatchObject({ removed: finished?.['rows'] })
    expect(await summaries()).toEqual(before)
    expect(await run(restarted, ['--apply'])).toEqual([])
    expect(await restarted.newestPublishedAt()).toEqual(new Date('2026-11-24T11:00:00Z'))
  })

  test('rows that come in after their day was summed up get a summary of their own', async () => {
    const { store, summaries } = await openBesideSummaries(kind)
    for (const hour of ['01', '02', '03']) await write(store, `${OLD}T${hour}:00:00.000Z`)
    await write(store, '2026-11-24T11:00:00.000Z')
    await run(store, ['--apply'])
    const [first] = await summaries()
    for (const hour of ['04', '05'])
      await write(store, `${OLD}T${hour}:00:00.000Z`, new Date('2026-03-01T00:00:00Z'))
    expect(await run(store, ['--apply'])).toMatchObject([{ rows: 2, removed: 2 }])
    const [, second] = await summaries()
    expect(await summaries()).toEqual([first, second])
    expect([first, second]).toMatchObject([{ rows: 3 }, { rows: 2 }])
  })

  test('of rows that are in again, as from a backup, none is counted twice', async () => {
    const { store, summaries } = await openBesideSummaries(kind)
    const days = ['01', '02'].map((hour) => `${OLD}T${hour}:00:00.000Z`)
    for (const day of days) await write(store, day)
    await write(store, '2026-11-24T11:00:00.000Z')
    await run(store, ['--apply'])
    for (const day of days) await write(store, day)
    expect(await run(store, ['--apply'])).toMatchObject([{ rows: 2, removed: 2 }])
    expect(await summaries()).toMatchObject([{ rows: 2 }])
  })

  test('two that remove at once count each row once', async () => {
    const { store, summaries } = await openBesideSummaries(kind)
    for (const hour of ['01', '02', '03']) await write(store, `${OLD}T${hour}:00:00.000Z`)
    await write(store, '2026-11-24T11:00:00.000Z')
    await Promise.all([run(store, ['--apply']), run(store, ['--apply'])])
    expect(await run(store, ['--apply'])).toEqual([])
    expect(await summaries()).toMatchObject([{ rows: 3 }])
  })
})
