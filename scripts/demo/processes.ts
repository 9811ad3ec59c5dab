/** Starts this repository's own programs as processes and sees to it that none outlives the demo. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { COMPILE_CACHE } from '../compile-cache.ts'

const ROOT = join(import.meta.dirname, '../..')
const START_LIMIT_MS = 30_000
const STOP_LIMIT_MS = 10_000

export type Variables = Readonly<Record<string, string>>
export type Service = { readonly address: string; readonly stop: () => Promise<void> }
export type Finished = { readonly code: number | null; readonly stdout: string; readonly stderr: string }

/** What the environment of a demo's processes keeps of the caller's: no key and no endpoint of anybody's. */
export function cleanEnvironment(environment: Readonly<Record<string, string | undefined>>): Variables {
  const kept = Object.entries(environment).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && /^(PATH|HOME|TMPDIR|LANG|TERM|NO_COLOR|CI)$/.test(entry[0]),
  )
  return Object.fromEntries(kept)
}

/** Starts a service and waits for its `listening` line. Rejects with its last words when it ends or takes too long. */
export async function startService(
  file: string,
  args: readonly string[],
  variables: Variables,
): Promise<Service> {
  const child = launch(file, args, variables)
  const said: string[] = []
  const address = await new Promise<string>((resolve, reject) => {
    const fail = (why: string): void => reject(new Error(`${file} ${why}:\n${said.slice(-10).join('\n')}`))
    const timer = setTimeout(() => fail(`did not listen within ${START_LIMIT_MS / 1000} s`), START_LIMIT_MS)
    const read = (line: string): void => {
      said.push(line)
      const found = listeningAddress(line)
      if (found === undefined) return
      clearTimeout(timer)
      resolve(found)
    }
    for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', read)
    child.once('exit', (code) => fail(`ended with code ${code} before it listened`))
  }).catch(async (error: unknown) => {
    await stop(child)
    throw error
  })
  return { address, stop: () => stop(child) }
}

/** Runs a command to its end, at most `limitMs`. */
export async function runCommand(
  file: string,
  args: readonly string[],
  variables: Variables,
  limitMs = 60_000,
): Promise<Finished> {
  const child = launch(file, args, variables)
  const output = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text))
  const timer = setTimeout(() => child.kill('SIGKILL'), limitMs)
  const [code] = (await once(child, 'close')) as [number | null]
  clearTimeout(timer)
  return { code, ...output }
}

function launch(file: string, args: readonly string[], env: Variables) {
  return spawn(process.execPath, [join(ROOT, file), ...args], {
    cwd: ROOT,
    env: { ...COMPILE_CACHE, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

function listeningAddress(line: string): string | undefined {
  if (!line.startsWith('{')) return undefined
  const entry = JSON.parse(line) as { msg?: unknown; address?: unknown }
  return entry.msg === 'listening' && typeof entry.address === 'string' ? entry.address : undefined
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS)
  await exited
  clearTimeout(timer)
}
