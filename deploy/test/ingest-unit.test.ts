import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { MODEL, post, result } from './support/documents.ts'
import { createHost } from './support/host.ts'
import { ROOT, runIngestCommand, says, start, TOOLS } from './support/processes.ts'
import { prepareUnit, readUnit } from './support/unit.ts'

const KEY = 'a-key-of-the-test-run'
const unit = readUnit('ingest')
const sandbox = (app: 'ingest' | 'runner'): [string, readonly string[]][] => {
  const all = [...readUnit(app)]
  return all.slice(all.findIndex(([name]) => name === 'User'))
}

/** What systemd would hand to the service, on a port that is free. */
function prepare() {
  const { root, write } = createHost()
  write('etc/llmbench/credentials/ingest-api-key', `${KEY}\n`)
  write('etc/llmbench/credentials/runner-config-token', 'a-token-of-the-test-run\n')
  const environment = { ...prepareUnit(unit, root), PORT: '0', METRICS_PORT: '0' }
  return { root, environment }
}

test("the ingest's unit by hand: it says that it is ready, takes results, keeps its files to itself, ends in order", async () => {
  const previous = process.umask(Number.parseInt(unit.get('UMask')?.[0] ?? '', 8))
  onTestFinished(() => void process.umask(previous))
  const { root, environment } = prepare()
  expect(unit.get('WorkingDirectory')).toEqual(['/opt/llmbench/ingest/current/apps/ingest'])
  const [program = '', ...args] = unit.get('ExecStart')?.[0]?.split(' ') ?? []
  expect([program, ...args]).toEqual(['/opt/llmbench/ingest/current/bin/node', 'src/main.ts'])
  const socket = join(root, 'notify')
  await runIngestCommand('models', ['add', MODEL.provider, MODEL.modelId], environment)
  const service = start('apps/ingest/src/main.ts', [], {
    ...environment,
    NOTIFY_SOCKET: socket,
    PATH: `${TOOLS}:/usr/bin:/bin`,
  })
  await says(service, '"msg":"listening"')
  const url = /"address":"(http:\/\/127\.0\.0\.1:[^"]+)","pid"/.exec(service.stderr())?.[1] ?? ''
  const told = (): string => readFileSync(socket, { encoding: 'utf8', flag: 'a+' })
  await vi.waitUntil(() => told() === 'READY=1\n', { timeout: 10_000 })
  expect((await post(`${url}/ingest`, KEY, result())).body).toMatchObject({ verdict: 'created' })

  const files = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\/var\/(lib|cache)/.test(entry.parentPath))
    .map((entry) => join(entry.parentPath, entry.name))
  expect(files.filter((path) => path.endsWith('llmbench.sqlite'))).toEqual([
    join(root, 'var/lib/llmbench-ingest/llmbench.sqlite'),
  ])
  expect(files.filter((path) => (statSync(path).mode & 0o077) !== 0)).toEqual([])
  expect(service.stderr()).not.toContain(KEY)

  service.child.kill('SIGTERM')
  expect(await service.ended).toBe(0)
  await vi.waitUntil(() => told().endsWith('STOPPING=1\n'), { timeout: 5000 })
})

test('a release is told to be wrong by --verify: which setting, or what is the matter with the store', async () => {
  const { root, environment } = prepare()
  const verify = async (more: Record<string, string>) => {
    const service = start('apps/ingest/src/main.ts', ['--verify'], { ...environment, ...more })
    return { code: await service.ended, said: service.stderr() }
  }
  expect(await verify({})).toEqual({ code: 0, said: '' })
  writeFileSync(join(root, 'no-folder'), '')
  expect(await verify({ STORE_PATH: join(root, 'no-folder/store.sqlite') })).toMatchObject({
    code: 1,
    said: expect.stringMatching(/^ingest: The store did not answer while opening the file: .+/),
  })
  writeFileSync(join(root, 'run/credentials/ingest-api-key'), 'short')
  expect(await verify({})).toMatchObject({ code: 2, said: expect.stringContaining('INGEST_API_KEY_FILE') })
})

test('both services are confined in the same way, each to folders of its own, and started again for ever', () => {
  const named = (app: 'ingest' | 'runner'): unknown =>
    JSON.parse(JSON.stringify(sandbox(app)).replaceAll(`llmbench-${app}`, 'llmbench-APP'))
  expect(named('ingest')).toEqual(named('runner'))
  expect(sandbox('ingest').length).toBeGreaterThan(25)
  for (const app of ['ingest', 'runner'] as const) {
    expect(readUnit(app).get('Restart')).toEqual(['always'])
    expect(readUnit(app).has('WatchdogSec')).toBe(true)
    const text = readFileSync(join(ROOT, `deploy/host/llmbench-${app}.service`), 'utf8')
    expect(text).toMatch(/^StartLimitIntervalSec=0$/m)
  }
})
