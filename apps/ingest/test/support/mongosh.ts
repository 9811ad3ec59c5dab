import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, cp, mkdir, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { onTestFinished } from 'vitest'
import { scratchFolder } from './stores.ts'

const run = promisify(execFile)
const PROJECT = fileURLToPath(new URL('../mongosh', import.meta.url))
const CACHE = join(homedir(), '.cache', 'llmbench', 'mongosh-2.12.0')
const INSTALL_MS = 180_000

/**
 * The path of a real `mongosh`, out of its own small locked project: 145 MB, a few seconds the first time, kept
 * afterwards. Throws one sentence where it cannot be had.
 */
async function findMongosh(environment: NodeJS.ProcessEnv): Promise<string> {
  const binary = join(CACHE, 'node_modules', '.bin', 'mongosh')
  if (await exists(binary)) return binary
  const scratch = `${CACHE}.${process.pid}`
  try {
    await mkdir(scratch, { recursive: true })
    await cp(PROJECT, scratch, { recursive: true })
    const install = ['-y', 'pnpm@12', 'install', '--frozen-lockfile', '--ignore-scripts']
    // The whole environment: it may name the proxy and the authorities without which no registry is reached.
    await run('npx', install, { cwd: scratch, timeout: INSTALL_MS, env: environment })
    // Unpacked beside its place and moved there; another run may have been faster, and its copy is as good.
    await rename(scratch, CACHE).catch(async (error: unknown) => {
      if (!(await exists(binary))) throw error
    })
    return binary
  } catch (error) {
    throw new Error('No mongosh for the tests: npx and the package registry are needed once', {
      cause: error,
    })
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

export type Shell = { readonly type: (line: string) => void; readonly output: () => string }

/** A shell on that database; it does what is typed, and its output is there to be looked at. */
export async function openShell(uri: string): Promise<Shell> {
  // oxlint-disable-next-line node/no-process-env -- the edge of the test process, as main.ts is of the service's
  const mongosh = await findMongosh(process.env)
  const shell = spawn(mongosh, [uri, '--quiet', '--norc'], {
    env: { HOME: scratchFolder(), PATH: dirname(process.execPath) },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let output = ''
  shell.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  shell.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const ended = once(shell, 'close')
  onTestFinished(async () => {
    shell.kill('SIGKILL')
    await ended
  })
  return { type: (line) => void shell.stdin.write(`${line}\n`), output: () => output }
}

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  )
