import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, onTestFinished, test } from 'vitest'
import { readResult } from '../../src/documents/result.ts'
import { createSqliteStore } from '../../src/store/sqlite.ts'
import type { ResultRow, Store } from '../../src/store/store.ts'
import { result } from '../support/documents.ts'
import { scratchFolder } from '../support/stores.ts'

function row(): ResultRow {
  const reading = { now: new Date(), runnerId: 'r', publishedProfiles: new Set(['cloud-default-v1']) }
  const read = readResult({ value: result(), faults: [] }, reading)
  if ('faults' in read) throw new Error(JSON.stringify(read.faults))
  return read.row
}

/** A store and a second connection to its file, as another process has one. */
async function open(): Promise<{ store: Store; other: DatabaseSync }> {
  const path = join(scratchFolder(), 'store.sqlite')
  const store = createSqliteStore(path)
  await store.prepare()
  const other = new DatabaseSync(path)
  onTestFinished(async () => {
    other.close()
    await store.close()
  })
  return { store, other }
}

test('a store in a folder that is not there yet makes it; where none can be made it says so and does not hang', async () => {
  const store = createSqliteStore(join(scratchFolder(), 'some', 'where', 'store.sqlite'))
  onTestFinished(() => store.close())
  await store.prepare()
  expect(await store.newestPublishedAt()).toBeNull()
  await expect(createSqliteStore('/proc/none/store.sqlite').prepare()).rejects.toThrow(/opening the file/)
})

test('a write waits for another process’ write while the event loop goes on', async () => {
  const { store, other } = await open()
  other.exec('BEGIN IMMEDIATE')
  let written = false
  const writing = store.writeResults([row()]).then((verdicts) => {
    written = true
    return verdicts
  })
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setTimeout(resolve, 1))
  expect(written).toBe(false)
  expect(await store.newestPublishedAt()).toBeNull()
  other.exec('COMMIT')
  expect(await writing).toEqual(['created'])
})

test('a listing that does not say when it began is one run, however often it is sent that day', async () => {
  const { store, other } = await open()
  const listing = {
    provider: 'groq',
    startedAt: null,
    paginationComplete: true,
    reason: null,
    runnerId: null,
    contentSha256: 'c'.repeat(64),
    models: [],
  }
  for (const time of ['01:00', '02:00']) {
    await store.writeDiscovery({ ...listing, receivedAt: new Date(`2026-11-24T${time}:00Z`) })
  }
  await store.writeDiscovery({ ...listing, receivedAt: new Date('2026-11-25T01:00:00Z') })
  expect(other.prepare('SELECT count(*) AS runs FROM bench_discovery_runs').get()).toEqual({ runs: 2 })
})

test('what /health asks is served by an index', async () => {
  const { other } = await open()
  const plan = other
    .prepare('EXPLAIN QUERY PLAN SELECT max(run_ts) AS at FROM results WHERE collection = ?')
    .all('metrics_cloud_v2')
  expect(JSON.stringify(plan)).toContain('COVERING INDEX results_by_time')
})
