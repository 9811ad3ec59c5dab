/**
 * Rehearses both images without a container engine: the steps of each Dockerfile on an overlay of this machine, then
 * the result as the first process of a PID namespace, without rights, on a read-only tree. Needs root and Linux.
 *   sudo node docker/rehearse/main.ts
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, realpathSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../scripts/free-port.ts'
import { buildImage, type Image } from './build.ts'
import { runInside, startContainer } from './container.ts'
import { sealRoot } from './root.ts'

const CONTEXT = join(import.meta.dirname, '../..')
const KEY = 'a-key-of-the-rehearsal'
const TOKEN = 'a-token-of-the-rehearsal'
const say = (text: string): void => void process.stdout.write(`${text}\n`)

if (process.env['REHEARSAL_SCRATCH'] === undefined) process.exit(insideNamespace())
await rehearse(process.env['REHEARSAL_SCRATCH'])
process.exit(0)

/** Runs this file again where its mounts are its own and end with it. */
function insideNamespace(): number {
  if (process.getuid?.() !== 0) {
    process.stderr.write(
      'rehearse: needs root, for mounts of its own; nothing else of the machine is changed\n',
    )
    return 2
  }
  const scratch = mkdtempSync(join(tmpdir(), 'llmbench-rehearsal-'))
  try {
    const again = [process.execPath, ...process.execArgv, ...process.argv.slice(1)]
    return (
      spawnSync('unshare', ['--mount', '--propagation', 'private', ...again], {
        stdio: 'inherit',
        env: { ...process.env, REHEARSAL_SCRATCH: scratch },
      }).status ?? 1
    )
  } finally {
    rmSync(scratch, { recursive: true })
  }
}

async function rehearse(scratch: string): Promise<void> {
  execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', scratch])
  const npmPath = realpathSync(execFileSync('which', ['npm'], { encoding: 'utf8' }).trim())
  const base = { nodePath: realpathSync(process.execPath), npmPath }
  const parts = { context: CONTEXT, scratch, base, environment: registryVariables(), say }
  const ingest = buildImage('ingest', parts)
  const runner = buildImage('runner', parts)
  for (const image of [ingest, runner]) inspect(image)
  await runBoth(ingest, runner)
  say('both images: built, healthy, read-only, ended by SIGTERM with 0')
}

/** How this machine reaches its package registry, and nothing else of the caller's. */
function registryVariables(): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && /^(npm_config_|https?_proxy|no_proxy|NODE_EXTRA_CA_CERTS)/i.test(entry[0]),
  )
  return Object.fromEntries(kept)
}

/** What must hold of the tree itself, then it is sealed. */
function inspect(image: Image): void {
  const { root, stage } = image
  for (const volume of stage.volumes) {
    const { uid, mode } = statSync(join(root, volume))
    if (uid !== 1000 || (mode & 0o777) !== 0o700) throw new Error(`${volume} should be the user's own, 0700`)
  }
  const writable = runInside(image, {}, ['find', '/app', '-not', '-type', 'l', '-writable'])
  if (writable !== '') throw new Error(`The service can change what it runs:\n${writable}`)
  const tests = runInside(image, {}, [
    'find',
    '/app/apps',
    '/app/packages',
    '-name',
    'test',
    '-not',
    '-path',
    '*/node_modules/*',
  ])
  if (tests !== '') throw new Error(`The image holds tests:\n${tests}`)
  say(`${stage.labels.length} labels, ${runInside(image, {}, ['du', '-sh', '/app']).split('\t')[0]} in /app`)
  sealRoot(root, stage.volumes)
}

async function runBoth(ingestImage: Image, runnerImage: Image): Promise<void> {
  const port = String(await freePort())
  const url = `http://127.0.0.1:${port}`
  runInside(ingestImage, {}, ['node', 'src/models/main.ts', 'add', 'groq', 'rehearsed'])
  const settings = { HOST: '127.0.0.1', PORT: port, INGEST_API_KEY: KEY, RUNNER_CONFIG_TOKEN: TOKEN }
  const ingest = startContainer(ingestImage, settings)
  await ingest.says('"msg":"listening"')
  const livez = await fetch(`${url}/livez`)
  say(`ingest: /livez ${livez.status} ${await livez.text()}`)
  runInside(ingestImage, settings, ingestImage.stage.healthCheck ?? ['false'])
  say('ingest: the health check passes')
  // Port 9 refuses: the attempt fails, which is a measurement like any other and takes the whole way.
  const runner = startContainer(
    runnerImage,
    {
      INGEST_API_URL: `${url}/ingest`,
      INGEST_API_KEY: KEY,
      RUNNER_CONFIG_URL: `${url}/runner-config`,
      RUNNER_CONFIG_TOKEN: TOKEN,
      GROQ_API_KEY: 'none',
      GROQ_BASE_URL: 'http://127.0.0.1:9/v1',
    },
    runnerImage.stage.command.map((word) => (word === 'all' ? 'groq' : word)),
  )
  await runner.says('"msg":"measured"')
  expectEnd('runner', await runner.stop(), runner.said())
  const { counters } = (await (await fetch(`${url}/health`)).json()) as { counters: Record<string, number> }
  if (counters['created'] !== 1) throw new Error(`The ingest counts ${JSON.stringify(counters)}`)
  say('ingest: what the runner measured is stored')
  expectEnd('ingest', await ingest.stop(), ingest.said())
}

function expectEnd(name: string, code: number | null, said: string): void {
  if (code !== 0) throw new Error(`${name}: SIGTERM ended it with ${code}:\n${said}`)
  say(`${name}: SIGTERM to process 1 ended it with 0`)
}
