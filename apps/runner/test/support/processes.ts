import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { onTestFinished, vi } from 'vitest'
import { COMPILE_CACHE } from '../../../../scripts/compile-cache.ts'

export type Running = {
  readonly child: ChildProcess
  readonly stdout: () => string
  readonly stderr: () => string
  /** The exit code; null when a signal ended it. */
  readonly ended: Promise<number | null>
}

/** Descriptors that take the place of a pipe which this process reads at once. */
export type Streams = { readonly stdout?: number; readonly stderr?: number }

/**
 * Starts a program, by its path in the repository or its URL, as a process of its own with that environment alone;
 * modules in `preload` are loaded before its own.
 */
export function start(
  path: string | URL,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  preload: readonly string[] = [],
  streams: Streams = {},
): Running {
  const main = fileURLToPath(new URL(path, new URL('../../../../', import.meta.url)))
  const imports = preload.flatMap((module) => ['--import', module])
  const child = spawn(process.execPath, [...imports, main, ...args], {
    env: { ...COMPILE_CACHE, AWS_EC2_METADATA_DISABLED: 'true', ...environment },
    stdio: ['ignore', streams.stdout ?? 'pipe', streams.stderr ?? 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const ended = once(child, 'close').then(([code]) => code as number | null)
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await ended
  })
  return { child, stdout: () => stdout, stderr: () => stderr, ended }
}

export function startRunner(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  preload: readonly string[] = [],
  streams: Streams = {},
): Running {
  return start('apps/runner/src/main.ts', args, environment, preload, streams)
}

/** The address a service logs once it accepts connections. Rejects with what it said when it ends before. */
export async function addressOf(service: Running): Promise<string> {
  const address = (): string | undefined =>
    /"address":"(http[^"]+)"/.exec(service.stdout() + service.stderr())?.[1]
  const ended = service.ended.then(() => {
    throw new Error(`The service has ended: ${service.stderr()}`)
  })
  const listening = vi.waitUntil(address, { timeout: 30_000, interval: 50 })
  return (await Promise.race([listening, ended])) ?? ''
}
