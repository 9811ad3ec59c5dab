/** Runs a program with its system calls watched, refused or answered by SIGKILL, by way of strace. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { environmentOf } from './strace-binary.ts'
import type { Strace } from './strace-binary.ts'

const CHILD = fileURLToPath(new URL('./steps-child.ts', import.meta.url))
/** `?` lets a name pass that this machine's kernel does not have. */
const CALLS = 'openat,pwrite64,write,ftruncate,?unlink,unlinkat,fsync,fdatasync'
const LONGEST_RUN_MS = 20_000

/** The log of the child's calls on its way through an outbox in that directory; strings in hexadecimal, paths at descriptors. */
export function traceSteps(strace: Strace, directory: string, preload: readonly string[] = []): string {
  const folder = mkdtempSync(join(tmpdir(), 'strace-'))
  const log = join(folder, 'log')
  // Not its threads: the outbox works on the main one, and lines of several threads would mix.
  const args = ['-y', '-xx', '-s', '70000', '-e', `trace=${CALLS}`, '-o', log, ...childOf(directory, preload)]
  try {
    const { status, stderr } = spawnSync(strace.binary, args, {
      ...environmentOf(strace),
      encoding: 'utf8',
      timeout: LONGEST_RUN_MS,
    })
    if (status !== 0) throw new Error(`The watched outbox ended with ${status}: ${stderr}`)
    return readFileSync(log, 'utf8')
  } finally {
    rmSync(folder, { recursive: true })
  }
}

export type Injection = {
  /** The system call, the nth of which is hit. */
  readonly call: string
  readonly nth: number
  /** `signal=SIGKILL` or `error=ENOSPC` and the like. */
  readonly effect: string
  /** Whether all later ones are hit as well. */
  readonly onwards: boolean
}

/** What the child told, line by line, when that call on one of the outbox's files was hit. */
export async function runInjected(
  strace: Strace,
  directory: string,
  { call, nth, effect, onwards }: Injection,
): Promise<string[]> {
  const files = ['', '-wal', '-journal'].flatMap((suffix) => [
    '-P',
    join(directory, `outbox.sqlite${suffix}`),
  ])
  const inject = `inject=${call}:${effect}:when=${nth}${onwards ? '+' : ''}`
  const args = ['-o', '/dev/null', '-e', `trace=${call}`, '-e', inject, ...files, ...childOf(directory, [])]
  const child = spawn(strace.binary, args, {
    ...environmentOf(strace),
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: LONGEST_RUN_MS,
  })
  let told = ''
  child.stdout.on('data', (chunk: Buffer) => (told += chunk.toString()))
  await once(child, 'close')
  return told.split('\n').slice(0, -1)
}

function childOf(directory: string, preload: readonly string[]): string[] {
  const imports = preload.flatMap((module) => ['--import', module])
  return [process.execPath, '--disable-warning=ExperimentalWarning', ...imports, CHILD, directory]
}
