import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { COMPILE_CACHE } from '../../../../scripts/compile-cache.ts'
import { GROQ } from './documents.ts'

const FOLDER = fileURLToPath(new URL('../..', import.meta.url))
export const KEY = 'a-key-of-the-test-run'
export const TOKEN = 'a-token-of-the-test-run'
export const SECRETS = { INGEST_API_KEY: KEY, RUNNER_CONFIG_TOKEN: TOKEN }

export type Exit = { readonly code: number | null; readonly stdout: string; readonly stderr: string }
export type Running = {
  readonly child: ChildProcess
  readonly exited: Promise<Exit>
  readonly stderr: () => string
}

export type Service = {
  readonly url: string
  readonly child: ChildProcess
  readonly exited: Promise<Exit>
  readonly stderr: () => string
}

export type Surroundings = {
  /** Files, sockets among them, that it may have open. */
  readonly openFiles?: number
  /** What takes the place of a stdout or stderr that this process reads at once. */
  readonly stdout?: number
  readonly stderr?: number
}

/** A command of this app as a process of its own, killed when the test ends if it still runs. */
const launch = (
  main: string,
  args: readonly string[],
  environment: Record<string, string>,
  surroundings: Surroundings = {},
): Running => launchFile(`src/${main}`, args, environment, surroundings)

/** A program by its path below this app's folder, or in another's: as a process, never as a module. */
export function launchFile(
  file: string,
  args: readonly string[],
  environment: Record<string, string>,
  { openFiles, stdout, stderr }: Surroundings = {},
): Running {
  const limit = openFiles === undefined ? [] : ['prlimit', `--nofile=${openFiles}:${openFiles}`]
  const [program = '', ...words] = [...limit, process.execPath, file, ...args]
  const child = spawn(program, words, {
    cwd: FOLDER,
    env: { ...COMPILE_CACHE, ...environment },
    stdio: ['ignore', stdout ?? 'pipe', stderr ?? 'pipe'],
  })
  const output = { stdout: '', stderr: '' }
  child.stdout?.on('data', (chunk: Buffer) => void (output.stdout += chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => void (output.stderr += chunk.toString()))
  const exited = once(child, 'close').then(([code]): Exit => ({ code: code as number | null, ...output }))
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await exited
  })
  return { child, exited, stderr: () => output.stderr }
}

/** Runs a command to its end. */
export const runCommand = (
  main: string,
  args: readonly string[],
  environment: Record<string, string>,
  surroundings: Surroundings = {},
): Promise<Exit> => launch(main, args, environment, surroundings).exited

/** Starts the service where its log cannot be read at once; resolves once it answers, on that port. */
export async function startUnread(
  environment: Record<string, string>,
  stderr: number,
): Promise<Omit<Service, 'stderr'>> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const { child, exited } = launch(
    'main.ts',
    [],
    { ...SECRETS, PORT: String(port), ...environment },
    { stderr },
  )
  await until(
    () =>
      fetch(`${url}/readyz`).then(
        ({ status }) => status,
        () => 0,
      ),
    (status) => status === 200 || child.exitCode !== null,
  )
  return { url, child, exited }
}

/** A port that nobody listens on just now. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}

/** Starts the service on any free port; resolves once it listens, rejects if it ends before. */
export async function startService(
  environment: Record<string, string>,
  surroundings: Surroundings = {},
): Promise<Service> {
  const running = launch('main.ts', [], { ...SECRETS, PORT: '0', ...environment }, surroundings)
  const url = await Promise.race([listening(running), running.exited.then((exit) => new Error(exit.stderr))])
  if (url instanceof Error) throw url
  return { url, child: running.child, exited: running.exited, stderr: running.stderr }
}

/** The same on a store whose catalogue has the one model of the test documents. */
export async function startWithModel(
  environment: Record<string, string>,
  surroundings: Surroundings = {},
): Promise<Service> {
  const added = await runCommand('models/main.ts', ['add', GROQ.provider, GROQ.modelId], environment)
  if (added.code !== 0) throw new Error(added.stderr)
  return await startService(environment, surroundings)
}

async function listening({ child, stderr }: Running): Promise<string> {
  for (;;) {
    const line = stderr()
      .split('\n')
      .find((each) => each.includes('"msg":"listening"'))
    if (line !== undefined) return (JSON.parse(line) as { address: string }).address
    await once(child.stderr!, 'data')
  }
}

/** POSTs JSON with the good key. */
export const post = (service: Pick<Service, 'url'>, path: string, body: unknown): Promise<Response> =>
  fetch(`${service.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })

/** Asks until `holds`; the caller's test timeout is the only limit. */
export async function until<Value>(
  ask: () => Promise<Value>,
  holds: (value: Value) => boolean,
): Promise<Value> {
  for (;;) {
    const value = await ask()
    if (holds(value)) return value
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}
