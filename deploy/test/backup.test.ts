import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { freePort } from '../../scripts/free-port.ts'
import { MODEL, post, result } from './support/documents.ts'
import { startMongod } from './support/mongod.ts'
import { run, runIngestCommand, startIngest, temporaryFolder, type Variables } from './support/processes.ts'

const KEY = 'a-key-of-the-test-run'
const TOKEN = 'a-token-of-the-test-run'
const SECRETS = { INGEST_API_KEY: KEY, RUNNER_CONFIG_TOKEN: TOKEN }

/** Several processes, one after the other. */
const SLOW = { timeout: 60_000 }

type Ingest = Awaited<ReturnType<typeof startIngest>>

const verdict = async ({ url }: Ingest, document: unknown): Promise<unknown> =>
  (await post(`${url}/ingest`, KEY, document)).body['verdict']

async function worklist({ url }: Ingest): Promise<unknown> {
  const headers = { authorization: `Bearer ${TOKEN}` }
  const answer = await fetch(`${url}/runner-config?provider=${MODEL.provider}`, { headers })
  const { generated_at: _, ...list } = (await answer.json()) as Record<string, unknown>
  return list
}

async function stop({ child, ended }: Ingest): Promise<void> {
  child.kill('SIGTERM')
  expect(await ended).toBe(0)
}

const startWithModel = async (store: Variables): Promise<Ingest> => {
  await runIngestCommand('models', ['add', MODEL.provider, MODEL.modelId], store)
  return await startIngest({ ...store, ...SECRETS })
}

test(
  'the embedded store: copied while it is written to, destroyed, put back, it answers as it did',
  SLOW,
  async () => {
    const folder = temporaryFolder()
    const path = join(folder, 'store.sqlite')
    const copy = join(folder, 'copy.sqlite')
    const ingest = await startWithModel({ STORE_PATH: path })
    const [before, after] = [result(), result()]
    expect(await verdict(ingest, before)).toBe('created')
    const list = await worklist(ingest)
    const [copied, ...meanwhile] = await Promise.all([
      run('bash', ['deploy/backup/embedded.sh', path, copy]),
      ...Array.from({ length: 20 }, () => verdict(ingest, result())),
    ])
    expect(copied).toMatchObject({ code: 0, stderr: '' })
    expect(new Set(meanwhile)).toEqual(new Set(['created']))
    expect(await verdict(ingest, after)).toBe('created')
    await stop(ingest)

    for (const suffix of ['-wal', '-shm']) rmSync(path + suffix, { force: true })
    writeFileSync(path, 'destroyed')
    copyFileSync(copy, path)
    const restored = await startIngest({ STORE_PATH: path, ...SECRETS })
    expect(await worklist(restored)).toEqual(list)
    expect([await verdict(restored, before), await verdict(restored, after)]).toEqual([
      'duplicate',
      'created',
    ])
  },
)

test('a copy never overwrites another, and a file that is no store is refused without a trace', async () => {
  const folder = temporaryFolder()
  const [store, copy] = [join(folder, 'store.sqlite'), join(folder, 'copy.sqlite')]
  writeFileSync(store, 'not a database, but long enough to be looked at')
  expect((await run('bash', ['deploy/backup/embedded.sh', store, copy])).code).not.toBe(0)
  expect([existsSync(copy), existsSync(`${copy}.new`)]).toEqual([false, false])
  writeFileSync(copy, 'an older copy')
  expect((await run('bash', ['deploy/backup/embedded.sh', store, copy])).stderr).toContain('is there already')
})

test(
  'MongoDB: its files copied under a lock while a write waits, destroyed, put back, it answers as it did',
  SLOW,
  async () => {
    const folder = temporaryFolder()
    const data = join(folder, 'db')
    const port = await freePort()
    const first = await startMongod(data, port)
    const ingest = await startWithModel({ MONGODB_URI: first.uri })
    const [before, waiting, after] = [result(), result(), result()]
    expect(await verdict(ingest, before)).toBe('created')
    const list = await worklist(ingest)

    await first.command({ fsync: 1, lock: true })
    const held = verdict(ingest, waiting)
    const tar = ['-C', data, '--exclude', './mongod.lock', '-cf', join(folder, 'copy.tar'), '.']
    expect(await run('tar', tar)).toMatchObject({ code: 0 })
    // Another connection than the one that locked, with a write waiting: as the script does it.
    await first.command({ fsyncUnlock: 1 })
    expect(await held).toBe('created')
    expect(await verdict(ingest, after)).toBe('created')
    await stop(ingest)
    await first.stop()

    rmSync(data, { recursive: true })
    mkdirSync(data)
    expect(await run('tar', ['-C', data, '-xf', join(folder, 'copy.tar')])).toMatchObject({ code: 0 })
    const second = await startMongod(data, port)
    const restored = await startIngest({ MONGODB_URI: second.uri, ...SECRETS })
    expect(await worklist(restored)).toEqual(list)
    expect([await verdict(restored, before), await verdict(restored, waiting)]).toEqual([
      'duplicate',
      'created',
    ])
  },
)
