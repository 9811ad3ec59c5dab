import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

export type Environment = Readonly<Record<string, string | undefined>>
export type Server = { readonly url: string; readonly pid: number; readonly stop: () => Promise<void> }

/** Starts a command that says `"msg":"listening"` with its address, on either stream. Throws with its last words. */
export async function startServer(
  command: readonly [string, ...string[]],
  environment: Environment,
): Promise<Server> {
  const [program, ...args] = command
  const child = spawn(program, args, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
  const said: string[] = []
  const address = await new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface(stream).on('line', (line) => {
        if (said.push(line) > 20) said.shift()
        if (line.includes('"msg":"listening"') || line.includes('"msg": "listening"'))
          resolve((JSON.parse(line) as { address: string }).address)
      })
    }
    child.once('error', reject)
    child.once('close', () => reject(new Error(`${command.join(' ')} ended:\n${said.join('\n')}`)))
  })
  return { url: address, pid: child.pid ?? 0, stop: () => stop(child) }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const ended = once(child, 'close')
  child.kill('SIGTERM')
  const killing = setTimeout(() => child.kill('SIGKILL'), 5000)
  await ended
  clearTimeout(killing)
}

/** Runs a command to its end and hands over the JSON on its standard output. Throws with its last words. */
export async function runForJson<Output>(
  command: readonly [string, ...string[]],
  environment: Environment,
): Promise<Output> {
  const [program, ...args] = command
  const child = spawn(program, args, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
  const output = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk: Buffer) => void (output.stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => void (output.stderr += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${output.stderr.slice(-2000)}`)
  return JSON.parse(output.stdout === '' ? 'null' : output.stdout) as Output
}

/** Resident memory of a process in MiB; null where /proc does not say. */
export function residentMiB(pid: number): number | null {
  try {
    const kilobytes = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return kilobytes === undefined ? null : Math.round(Number(kilobytes) / 1024)
  } catch {
    return null
  }
}
