import { chmodSync, copyFileSync, mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync } from 'node:fs'
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

async function open(path: string): Promise<Store> {
  const store = createSqliteStore(path)
  onTestFinished(() => store.close())
  await store.prepare()
  return store
}

/** A folder that holds the folder of the store, which tests may move. */
function place(): { folder: string; path: string } {
  const folder = join(scratchFolder(), 'data')
  mkdirSync(folder)
  return { folder, path: join(folder, 'store.sqlite') }
}

const GONE = /was moved, deleted or replaced while it was open/

test.each<[title: string, act: (path: string, folder: string) => void]>([
  ['moved', (path) => renameSync(path, `${path}.old`)],
  ['deleted', (path) => unlinkSync(path)],
  [
    'deleted with all that belongs to it',
    (path) => ['', '-wal', '-shm'].forEach((part) => rmSync(path + part)),
  ],
  ['left without the file of its last commits', (path) => unlinkSync(`${path}-wal`)],
  ['left without the file that says where they are', (path) => unlinkSync(`${path}-shm`)],
  ['replaced by a copy', (path) => (copyFileSync(path, `${path}.new`), renameSync(`${path}.new`, path))],
  [
    'replaced by another store',
    (path) => (new DatabaseSync(`${path}.new`).close(), renameSync(`${path}.new`, path)),
  ],
  ['moved with its folder', (_path, folder) => renameSync(folder, `${folder}.old`)],
  [
    'moved with its folder, and an empty one is there',
    (_path, folder) => (renameSync(folder, `${folder}.old`), mkdirSync(folder)),
  ],
])('nothing is confirmed once the file is %s', async (_title, act) => {
  const { folder, path } = place()
  const store = await open(path)
  const known = row()
  expect(await store.writeResults([known])).toEqual(['created'])
  act(path, folder)
  for (const work of [() => store.writeResults([row()]), () => store.ping(), () => store.prepare()])
    await expect(work()).rejects.toMatchObject({ cause: { message: expect.stringMatching(GONE) } })
})

test('a file that is put back is written again, and everything confirmed is in it', async () => {
  const { path } = place()
  const store = await open(path)
  const [first, between, after] = [row(), row(), row()]
  expect(await store.writeResults([first])).toEqual(['created'])
  renameSync(path, `${path}.old`)
  await expect(store.writeResults([between])).rejects.toThrow()
  renameSync(`${path}.old`, path)
  await store.ping()
  expect(['created', 'duplicate']).toContain((await store.writeResults([between]))[0])
  expect(await store.writeResults([after])).toEqual(['created'])
  await store.close()
  const next = await open(path)
  expect(await next.writeResults([first, between, after])).toEqual(['duplicate', 'duplicate', 'duplicate'])
})

test('a link that was changed leads to another file', async () => {
  const [one, other] = [scratchFolder(), scratchFolder()]
  const link = join(scratchFolder(), 'current')
  symlinkSync(one, link)
  const path = join(link, 'store.sqlite')
  const store = await open(path)
  unlinkSync(link)
  symlinkSync(other, link)
  await expect(store.writeResults([row()])).rejects.toMatchObject({
    cause: { message: expect.stringMatching(GONE) },
  })
})

test.each<[title: string, act: (path: string, folder: string) => void]>([
  ['whose rights are taken away', (path) => chmodSync(path, 0)],
  ['whose folder is read-only by now', (_path, folder) => chmodSync(folder, 0o500)],
  ['that another process opens and closes', (path) => new DatabaseSync(path).close()],
])('rows are confirmed in a file %s, and the next start finds them', async (_title, act) => {
  const { folder, path } = place()
  const store = await open(path)
  act(path, folder)
  const written = row()
  expect(await store.writeResults([written])).toEqual(['created'])
  await store.close()
  chmodSync(folder, 0o700)
  chmodSync(path, 0o600)
  expect(await (await open(path)).writeResults([written])).toEqual(['duplicate'])
})

test('a dropped table is created again', async () => {
  const { path } = place()
  const store = await open(path)
  const other = new DatabaseSync(path)
  other.exec('DROP TABLE bench_runner_heartbeats')
  other.close()
  await expect(store.listRunners()).rejects.toThrow('listing runners')
  await store.prepare()
  expect(await store.listRunners()).toEqual([])
})
