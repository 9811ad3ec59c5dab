/** A program of this system as a process that is killed and started again, and never outlives the soak. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { COMPILE_CACHE } from '../compile-cache.ts'

const KEPT_LINES = 40

export type Command = {
  readonly name: string
  readonly file: string
  readonly args: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  /** Takes each whole line of stdout. */
  readonly onLine?: (line: string) => void
  /** Takes each line of either stream; true once the program is ready. */
  readonly isReady: (line: string) => boolean
}

export type Program = {
  readonly name: string
  /** Starts it; resolves once it is ready. Rejects with its last words when it ends before, or after `limitMs`. */
  readonly start: (limitMs?: number) => Promise<void>
  /** SIGKILL; resolves when the process is gone and its last line was read. */
  readonly kill: () => Promise<void>
  readonly signal: (name: NodeJS.Signals) => void
  /** The exit code, or null for a signal; rejects when it has not ended within `limitMs`. */
  readonly ended: (limitMs: number) => Promise<number | null>
  /** How often it was killed. */
  readonly kills: () => number
  /** Ends that nobody asked for, each with its last words. */
  readonly surprises: () => readonly string[]
}

/** The program; it is not started yet. */
export function createProgram(command: Command): Program {
  const { name } = command
  const surprises: string[] = []
  let child: ChildProcess | null = null
  let closed: Promise<number | null> = Promise.resolve(null)
  let kills = 0
  let words: string[] = []
  // However the soak itself ends.
  process.on('exit', () => child?.kill('SIGKILL'))

  function launch(ready: () => void): Promise<number | null> {
    const { file, args, environment, onLine, isReady } = command
    const started = spawn(file, args, {
      env: { ...COMPILE_CACHE, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const said: string[] = []
    words = said
    child = started
    const read = (line: string): void => {
      if (said.push(line) > KEPT_LINES) said.shift()
      if (isReady(line)) ready()
    }
    createInterface({ input: started.stderr }).on('line', read)
    readWholeLines(started.stdout, (line) => {
      read(line)
      onLine?.(line)
    })
    return once(started, 'close').then(([code]) => code as number | null)
  }

  return {
    name,
    start: async (limitMs = 30_000) => {
      const ready = Promise.withResolvers<void>()
      const ending = launch(ready.resolve)
      closed = ending
      const timer = setTimeout(
        () =>
          ready.reject(new Error(`${name} was not ready within ${limitMs / 1000} s\n${words.join('\n')}`)),
        limitMs,
      )
      void ending.then((code) => ready.reject(new Error(`${name} ended with ${code}\n${words.join('\n')}`)))
      await ready.promise.finally(() => clearTimeout(timer))
    },
    kill: async () => {
      if (child === null) return
      if (child.exitCode !== null) surprises.push(`${name} ended with ${child.exitCode}: ${words.join('\n')}`)
      kills += 1
      child.kill('SIGKILL')
      await closed
      child = null
    },
    signal: (signal) => void child?.kill(signal),
    ended: (limitMs) => within(closed, limitMs, `${name} did not end within ${limitMs / 1000} s`),
    kills: () => kills,
    surprises: () => surprises,
  }
}

/** A line that a kill has cut in two was never told. */
function readWholeLines(stream: NodeJS.ReadableStream, onLine: (line: string) => void): void {
  let rest = ''
  stream.setEncoding('utf8')
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) onLine(line)
  })
}

/** What the promise resolves to; rejects with the sentence when that takes longer. */
async function within<T>(promise: Promise<T>, limitMs: number, sentence: string): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error(sentence)), limitMs)
  return await Promise.race([promise, late.promise]).finally(() => clearTimeout(timer))
}
