import { execFileSync } from 'node:child_process'
import { DatabaseSync } from 'node:sqlite'
import { existsSync, mkdirSync, readlinkSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createHost, packRelease, type TestHost } from './support/host.ts'

const STORE = 'var/lib/private/llmbench-ingest/llmbench.sqlite'
const KEYS = ['ingest-api-key', 'runner-config-token'].map((name) => `etc/llmbench/credentials/${name}`)
const mode = ({ root }: TestHost, path: string): number => statSync(join(root, path)).mode & 0o777

async function hostWithIngest(): Promise<TestHost> {
  const one = createHost()
  const { path, sha256 } = packRelease(one, '0.1.0-abc', { app: 'ingest' })
  expect(await one.host('ingest', 'install', path, sha256)).toMatchObject({ code: 0, stderr: '' })
  return one
}

test('the ingest is installed with nothing but a release: keys are made, for root alone, and never over others', async () => {
  const one = await hostWithIngest()
  expect(one.calls()).toEqual([
    'systemctl daemon-reload',
    'systemctl start llmbench-ingest-verify.service',
    'systemctl daemon-reload',
    'systemctl enable --quiet llmbench-ingest.service',
    'systemctl restart llmbench-ingest.service',
    'systemctl is-active --quiet llmbench-ingest.service',
  ])
  expect(one.read('journal')).toMatch(
    /^0\.1\.0-abc: src\/main\.ts --verify in .*ingest\/next\/apps\/ingest$/m,
  )
  const made = KEYS.map((path) => one.read(path))
  for (const key of made) expect(key).toMatch(/^[0-9a-f]{48}$/)
  expect(new Set(made).size).toBe(2)
  expect([mode(one, 'etc/llmbench/credentials'), ...KEYS.map((path) => mode(one, path))]).toEqual([
    0o700, 0o600, 0o600,
  ])
  expect((await one.host('ingest', 'restart')).code).toBe(0)
  expect(KEYS.map((path) => one.read(path))).toEqual(made)
})

test('beside a runner each has releases of its own, and neither takes those of the other', async () => {
  const one = await hostWithIngest()
  one.write('etc/llmbench/runner.env', 'INGEST_API_URL=http://127.0.0.1:8080/ingest\n')
  // The check of a release that is made up takes a key that begins so.
  one.write(KEYS[0]!, 'good-key-0123456789')
  const { path, sha256 } = packRelease(one, 'runner-1')
  expect(await one.host('ingest', 'install', path, sha256)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('is no release of the ingest'),
  })
  expect(await one.host('runner', 'install', path, sha256)).toMatchObject({ code: 0 })
  const pointers = ['ingest', 'runner'].map((app) =>
    readlinkSync(join(one.root, `opt/llmbench/${app}/current`)),
  )
  expect(pointers).toEqual(['releases/0.1.0-abc', 'releases/runner-1'])
})

test("a command runs as the service's user in its sandbox, with its settings, and whoever called is known", async () => {
  const one = await hostWithIngest()
  one.calls()
  const done = await one.host('ingest', 'run', 'models', 'add', 'groq', 'some-model')
  expect(done).toMatchObject({ code: 0, stderr: '' })
  expect(done.stdout).toContain('0.1.0-abc: src/models/main.ts add groq some-model in ')
  const [asked = ''] = one.calls()
  for (const property of [
    'DynamicUser=yes',
    'User=llmbench-ingest',
    'StateDirectory=llmbench-ingest',
    'ProtectSystem=strict',
    'EnvironmentFile=-/etc/llmbench/ingest.env',
    'Environment=STORE_PATH=/var/lib/llmbench-ingest/llmbench.sqlite',
  ]) {
    expect(asked).toContain(`--property=${property} `)
  }
  expect(asked).toContain('--setenv=SUDO_USER=root ')
  expect(asked).not.toMatch(/--property=(Exec|Restart|Type|Watchdog|Notify)|%[SCd]/)
  expect(await one.host('ingest', 'run', '../x')).toMatchObject({ code: 2 })
  expect(await one.host('ingest', 'run', 'nothing')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('models, keys or retention'),
  })
})

function writeStore({ root }: TestHost, value: string): void {
  const path = join(root, STORE)
  mkdirSync(join(path, '..'), { recursive: true })
  const store = new DatabaseSync(path)
  store.exec(`PRAGMA journal_mode = WAL; CREATE TABLE IF NOT EXISTS t (v); INSERT INTO t VALUES ('${value}')`)
  store.close()
}

test('the store of the service is copied, and the copy put back where the store is gone', async () => {
  const one = await hostWithIngest()
  const copy = join(one.root, 'copy.sqlite')
  writeStore(one, 'before')
  expect(await one.host('ingest', 'backup', copy)).toMatchObject({ code: 0, stderr: '' })
  expect([existsSync(join(one.root, `${STORE}-wal`)), existsSync(join(one.root, `${STORE}-shm`))]).toEqual([
    false,
    false,
  ])
  writeStore(one, 'after')
  execFileSync('rm', ['-r', join(one.root, 'var/lib/private/llmbench-ingest')])
  one.calls()
  expect(await one.host('ingest', 'restore', copy)).toMatchObject({ code: 0, stderr: '' })
  expect(one.calls().slice(0, 2)).toEqual([
    'systemctl stop llmbench-ingest.service',
    'systemctl daemon-reload',
  ])
  const restored = new DatabaseSync(join(one.root, STORE))
  expect(restored.prepare('SELECT v FROM t').all()).toEqual([{ v: 'before' }])
  restored.close()
})

test('a file that is no store is not put in the place of one, and the ingest is not disturbed', async () => {
  const one = await hostWithIngest()
  writeStore(one, 'before')
  const copy = join(one.root, 'copy.sqlite')
  writeFileSync(copy, 'not a database, but long enough to be looked at')
  one.calls()
  expect(await one.host('ingest', 'restore', copy)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('the store stays as it was'),
  })
  expect(one.calls()).toEqual([])
})
