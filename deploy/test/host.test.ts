import { existsSync, readlinkSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createHost, packRelease, writeConfiguration, type TestHost } from './support/host.ts'

const START = [
  'systemctl daemon-reload',
  'systemctl enable --quiet llmbench-runner.service',
  'systemctl restart llmbench-runner.service',
  'systemctl is-active --quiet llmbench-runner.service',
]
const VERIFY = ['systemctl daemon-reload', 'systemctl start llmbench-runner-verify.service']

const pointer = ({ root }: TestHost, name: string): string =>
  readlinkSync(join(root, 'opt/llmbench/runner', name))
const mode = ({ root }: TestHost, path: string): number => statSync(join(root, path)).mode & 0o777

/** A host on which the release `old` runs. */
async function hostWithRelease(): Promise<TestHost> {
  const one = createHost()
  writeConfiguration(one)
  const { path, sha256 } = packRelease(one, 'old')
  expect(await one.host('runner', 'install', path, sha256)).toMatchObject({ code: 0 })
  one.calls()
  return one
}

test('a release is verified in the sandbox of the service before it is started', async () => {
  const one = createHost()
  writeConfiguration(one)
  const { path, sha256 } = packRelease(one, '0.1.0-abc')
  const done = await one.host('runner', 'install', path, sha256)
  expect(done).toMatchObject({ code: 0, stderr: '' })
  expect(done.stdout).toMatch(
    /0\.1\.0-abc: --max-semi-space-size=1 --no-allocation-site-pretenuring src\/main\.ts --provider bedrock --verify in .*apps\/runner/,
  )
  expect(one.calls()).toEqual([...VERIFY, ...START])
  expect(pointer(one, 'current')).toBe('releases/0.1.0-abc')
  expect(existsSync(join(one.root, 'opt/llmbench/runner/next'))).toBe(false)
  const [service, verify] = ['llmbench-runner.service', 'llmbench-runner-verify.service'].map((unit) =>
    one.read(`etc/systemd/system/${unit}`).split('\n'),
  )
  const sandbox = (lines: string[] = []): string[] =>
    lines.slice(lines.indexOf('User=llmbench-runner'), lines.indexOf('[Install]'))
  expect(sandbox(verify)).toEqual(sandbox(service))
  expect(sandbox(verify).length).toBeGreaterThan(25)
  expect(verify?.filter((line) => /^(Restart|WatchdogSec|NotifyAccess)/.test(line))).toEqual([])
})

test('an upgrade that fails its own check leaves what runs untouched', async () => {
  const one = await hostWithRelease()
  const { path, sha256 } = packRelease(one, 'new', { verifies: false })
  const done = await one.host('runner', 'install', path, sha256)
  expect(done).toMatchObject({ code: 1, stderr: expect.stringContaining('old runs as before') })
  expect(one.calls()).toEqual(VERIFY)
  expect(pointer(one, 'current')).toBe('releases/old')
})

test('an upgrade that passes its check and does not start is taken back', async () => {
  const one = await hostWithRelease()
  const { path, sha256 } = packRelease(one, 'new', { starts: false })
  const done = await one.host('runner', 'install', path, sha256)
  expect(done).toMatchObject({ code: 1, stderr: expect.stringContaining('old runs again') })
  expect(one.calls()).toEqual([...VERIFY, ...START.slice(0, 3), ...START])
  expect(pointer(one, 'current')).toBe('releases/old')
})

test('an upgrade can be taken back by hand, and the newest three releases are kept', async () => {
  const one = await hostWithRelease()
  for (const id of ['b', 'c', 'd', 'e']) {
    const { path, sha256 } = packRelease(one, id)
    expect(await one.host('runner', 'install', path, sha256)).toMatchObject({ code: 0 })
  }
  expect(readdirSync(join(one.root, 'opt/llmbench/runner/releases')).sort()).toEqual(['c', 'd', 'e'])
  expect(await one.host('runner', 'rollback')).toMatchObject({ code: 0 })
  expect([pointer(one, 'current'), pointer(one, 'previous')]).toEqual(['releases/d', 'releases/e'])
  expect((await one.host('runner', 'status')).stdout).toContain('release d, before it e')
})

test('a file with another digest is refused and nothing of it is unpacked', async () => {
  const one = await hostWithRelease()
  const { path } = packRelease(one, 'new')
  const done = await one.host('runner', 'install', path, 'a'.repeat(64))
  expect(done).toMatchObject({ code: 2, stderr: expect.stringContaining('is not the file with SHA-256') })
  expect(readdirSync(join(one.root, 'opt/llmbench/runner/releases'))).toEqual(['old'])
  expect(one.calls()).toEqual([])
})

test('without settings nothing is installed, and which file is missing is said', async () => {
  const one = createHost()
  const { path, sha256 } = packRelease(one, 'new')
  const done = await one.host('runner', 'install', path, sha256)
  expect(done).toMatchObject({ code: 2, stderr: expect.stringContaining('runner.env is missing') })
  writeConfiguration(one)
  const bad = packRelease(one, 'bad', { verifies: false })
  expect(await one.host('runner', 'install', bad.path, bad.sha256)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('own check: nothing runs as before'),
  })
})

function offerParameters({ write }: TestHost, key: string): void {
  write('aws/llmbench/runner/config', 'INGEST_API_URL=https://new.example.com/ingest\n')
  write('aws/llmbench/runner/ingest-api-key', `${key}\n`)
  write('aws/llmbench/runner/runner-config-token', 'good-token-9876543210\n')
}

test('secrets go from the Parameter Store into files of root alone, by no command line and no output', async () => {
  const one = await hostWithRelease()
  offerParameters(one, 'good-key-9876543210')
  const done = await one.host('runner', 'configure', '/llmbench/runner')
  expect(done).toMatchObject({ code: 0, stderr: '' })
  const calls = one.calls()
  expect(calls.slice(3)).toEqual([...VERIFY, ...START])
  expect(calls.join() + done.stdout).not.toMatch(/good-/)
  expect(one.read('etc/llmbench/credentials/ingest-api-key')).toBe('good-key-9876543210\n')
  expect(mode(one, 'etc/llmbench/credentials')).toBe(0o700)
  for (const file of ['runner.env', 'credentials/ingest-api-key', 'credentials/runner-config-token']) {
    expect(mode(one, `etc/llmbench/${file}`)).toBe(0o600)
  }
  expect(readdirSync(join(one.root, 'etc/llmbench/credentials'))).toHaveLength(2)
})

test('a key that the check refuses is taken back, and the runner goes on with the old one', async () => {
  const one = await hostWithRelease()
  offerParameters(one, 'bad-key-0123456789')
  const done = await one.host('runner', 'configure', '/llmbench/runner')
  expect(done).toMatchObject({ code: 1, stderr: expect.stringContaining('the old one is back') })
  expect(one.read('etc/llmbench/credentials/ingest-api-key')).toBe('good-key-0123456789\n')
  expect(one.read('etc/llmbench/runner.env')).toContain('bench.example.com')
  expect(one.calls().slice(3)).toEqual([...VERIFY, ...START])
})

test('a parameter that cannot be read changes nothing', async () => {
  const one = await hostWithRelease()
  one.write('aws/llmbench/runner/config', 'INGEST_API_URL=https://new.example.com/ingest\n')
  expect(await one.host('runner', 'configure', '/llmbench/runner')).toMatchObject({ code: 1 })
  expect(one.read('etc/llmbench/runner.env')).toContain('bench.example.com')
  expect(readdirSync(join(one.root, 'etc/llmbench')).sort()).toEqual(['credentials', 'runner.env'])
})

test('restart and bad usage', async () => {
  const one = await hostWithRelease()
  expect(await one.host('runner', 'restart')).toMatchObject({ code: 0 })
  expect(one.calls()).toEqual(START)
  expect(await one.host('runner', 'install', 'x')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('TARBALL'),
  })
  expect(await one.host('runner', 'install', 'x', 'y')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('SHA256'),
  })
})
