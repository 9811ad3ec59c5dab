import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import { COMPILE_CACHE } from '../../../scripts/compile-cache.ts'

export const ROOT = join(import.meta.dirname, '../../..')
/** Programs that stand where those of systemd and AWS would. */
export const TOOLS = join(ROOT, 'deploy/test/support/bin')
const NODE_FOLDER = dirname(process.execPath)
const COMMAND_MS = 60_000

export type Variables = Readonly<Record<string, string>>
export type Finished = { readonly code: number; readonly stdout: string; readonly stderr: string }
export type Service = {
  readonly child: ChildProcess
  readonly stderr: () => string
  readonly ended: Promise<number | null>
}

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'deploy-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Runs a program to its end with that environment and a plain PATH; any exit code is an answer. */
export function run(
  program: string,
  args: readonly string[],
  environment: Variables = {},
): Promise<Finished> {
  const env = { PATH: `${NODE_FOLDER}:/usr/bin:/bin:/usr/sbin:/sbin`, ...COMPILE_CACHE, ...environment }
  return new Promise((resolve) => {
    execFile(program, args, { env, cwd: ROOT, timeout: COMMAND_MS }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
      resolve({ code, stdout, stderr })
    })
  })
}

/** One of this repository's programs as a process of its own, killed when the test ends if it still runs. */
export function start(main: string, args: readonly string[], environment: Variables): Service {
  const child = spawn(process.execPath, [join(ROOT, main), ...args], {
    cwd: ROOT,
    env: { PATH: NODE_FOLDER, ...COMPILE_CACHE, AWS_EC2_METADATA_DISABLED: 'true', ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const ended = once(child, 'close').then(([code]) => code as number | null)
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await ended
  })
  return { child, stderr: () => stderr, ended }
}

/** Resolves once the service has said `words` `times` times; rejects with its log when it ends before. */
export async function says({ child, stderr, ended }: Service, words: string, times = 1): Promise<void> {
  while (stderr().split(words).length <= times) {
    const over = await Promise.race([once(child.stderr!, 'data').then(() => false), ended.then(() => true)])
    if (over) throw new Error(`It ended before it said ${words}:\n${stderr()}`)
  }
}

/** The ingest, listening; its address beside the process. */
export async function startIngest(environment: Variables): Promise<Service & { readonly url: string }> {
  const service = start('apps/ingest/src/main.ts', [], { PORT: '0', ...environment })
  await says(service, '"msg":"listening"')
  return { ...service, url: /"address":"(http[^"]+)"/.exec(service.stderr())?.[1] ?? '' }
}

/** Runs one of the ingest's commands, such as `models`, and expects it to succeed. */
export async function runIngestCommand(name: string, args: readonly string[], environment: Variables) {
  const done = await run(process.execPath, [`apps/ingest/src/${name}/main.ts`, ...args], environment)
  if (done.code !== 0) throw new Error(done.stderr)
  return done.stdout
}
