/** The simulator as a process of its own, so that its clock work and the client's do not share an event loop. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { createInterface } from 'node:readline'
import type { Simulator } from './simulator.ts'

export type SpawnOptions = {
  readonly port?: number
  /** How long it may take to listen, ms. */
  readonly startLimitMs?: number
  /** Files with certificate and key in PEM. */
  readonly tls?: { readonly certFile: string; readonly keyFile: string }
}

/** The engine's helper threads would take the core that the measured client runs on; a late write here is no error. */
const QUIET_ENGINE = ['--single-threaded-gc', '--no-memory-reducer']

export type SpawnedSimulator = Simulator & { readonly pid: number }

/**
 * Starts the simulator as a process that ends with this one. Rejects, with what the process said, when it does not
 * listen within `startLimitMs` (30,000).
 */
export async function spawnSimulator(options: SpawnOptions = {}): Promise<SpawnedSimulator> {
  const { port = 0, startLimitMs = 30_000, tls } = options
  const flags = ['--port', String(port), '--exit-with-stdin']
  if (tls !== undefined) flags.push('--tls-cert', tls.certFile, '--tls-key', tls.keyFile)
  const main = fileURLToPath(new URL('main.ts', import.meta.url))
  const child = spawn(process.execPath, [...QUIET_ENGINE, main, ...flags], {
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  try {
    const address = await listening(child, startLimitMs)
    if (child.pid === undefined) throw new Error('The simulator has no process id')
    return { address, pid: child.pid, close: () => end(child) }
  } catch (error) {
    await end(child)
    throw error
  }
}

function listening(
  child: ChildProcess & { stdout: NodeJS.ReadableStream; stderr: NodeJS.ReadableStream },
  limitMs: number,
) {
  return new Promise<string>((resolve, reject) => {
    const said: string[] = []
    const fail = (why: string): void => {
      clearTimeout(timer)
      reject(new Error([`The simulator ${why}`, ...said.slice(-20)].join('\n')))
    }
    const timer = setTimeout(() => fail(`did not listen within ${limitMs} ms`), limitMs)
    createInterface({ input: child.stderr }).on('line', (line) => said.push(line))
    createInterface({ input: child.stdout }).on('line', (line) => {
      const { msg, address } = JSON.parse(line) as { msg: string; address: string }
      if (msg !== 'listening') return
      clearTimeout(timer)
      resolve(address)
    })
    child.once('error', (error) => fail(`could not be started: ${error.message}`))
    child.once('close', (code) => fail(`ended with code ${code} before it listened`))
  })
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}
