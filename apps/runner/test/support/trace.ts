/**
 * What a log of strace says was done to a directory's files, step by step, and the files as a kill or a power cut after
 * any of the steps would have left them.
 */
import { writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

export type Step =
  | { readonly kind: 'write'; readonly file: string; readonly offset: number; readonly bytes: Buffer }
  | { readonly kind: 'truncate'; readonly file: string; readonly length: number }
  | { readonly kind: 'create' | 'remove' | 'sync'; readonly file: string }
  /** What the program said of itself. */
  | { readonly kind: 'told'; readonly line: string }

const LINE = /^(?<call>\w+)\((?<args>.*)\) = (?<value>\d+)/
/** Rebuilt from the log by whoever opens the file first; it is memory, not written data. */
const MEMORY = /-shm$/

/** The steps on files of that directory, in order. */
export function readSteps(log: string, directory: string): Step[] {
  const written = new Map<string, number>()
  return log.split('\n').flatMap((line): Step[] => {
    const { call = '', args = '', value = '' } = LINE.exec(line)?.groups ?? {}
    const texts = [...args.matchAll(/["<]((?:\\x[0-9a-f]{2})*)[">]/g)].map(([, hex = '']) => unhex(hex))
    if (call === 'write' && args.startsWith('1<')) return toldBy(texts[1])
    // What names a folder first (openat, unlinkat) has the path after it.
    const path = (call.endsWith('at') ? texts[1] : texts[0])?.toString() ?? ''
    if (dirname(path) !== directory || MEMORY.test(path)) return []
    const file = basename(path)
    switch (call) {
      case 'openat':
        return args.includes('O_CREAT') ? opened(file, args.includes('O_TRUNC'), written) : []
      case 'pwrite64':
        return [
          {
            kind: 'write',
            file,
            offset: Number(args.split(', ').at(-1)),
            bytes: texts[1] ?? Buffer.alloc(0),
          },
        ]
      case 'write': {
        const offset = written.get(file) ?? 0
        written.set(file, offset + Number(value))
        return [{ kind: 'write', file, offset, bytes: texts[1] ?? Buffer.alloc(0) }]
      }
      case 'ftruncate':
        return [{ kind: 'truncate', file, length: Number(args.split(', ').at(-1)) }]
      case 'unlink':
      case 'unlinkat':
        return [{ kind: 'remove', file }]
      case 'fsync':
      case 'fdatasync':
        return [{ kind: 'sync', file }]
      default:
        return []
    }
  })
}

function opened(file: string, anew: boolean, written: Map<string, number>): Step[] {
  written.set(file, 0)
  return anew
    ? [
        { kind: 'create', file },
        { kind: 'truncate', file, length: 0 },
      ]
    : [{ kind: 'create', file }]
}

function toldBy(text: Buffer | undefined): Step[] {
  return (text?.toString().trimEnd().split('\n') ?? []).map((line) => ({ kind: 'told', line }))
}

function unhex(text: string): Buffer {
  return Buffer.from(text.replaceAll('\\x', ''), 'hex')
}

/**
 * Writes into `target` the files as they are after those steps. After a kill the system keeps every write; after a power
 * cut (`survives`) a write that no sync of its file has followed is kept only where `survives` says so.
 */
export function layFiles(steps: readonly Step[], target: string, survives: (() => boolean) | null): void {
  const files = new Map<string, Buffer>()
  steps.forEach((step, at) => {
    if (step.kind === 'told' || step.kind === 'sync') return
    const before = files.get(step.file) ?? Buffer.alloc(0)
    if (step.kind === 'create') files.set(step.file, before)
    if (step.kind === 'remove') files.delete(step.file)
    if (step.kind === 'truncate') files.set(step.file, resized(before, step.length))
    if (step.kind !== 'write') return
    if (survives !== null && !isSynced(steps, at, step.file) && !survives()) return
    const after = resized(before, Math.max(before.length, step.offset + step.bytes.length))
    step.bytes.copy(after, step.offset)
    files.set(step.file, after)
  })
  for (const [file, bytes] of files) writeFileSync(join(target, file), bytes)
}

function isSynced(steps: readonly Step[], at: number, file: string): boolean {
  return steps.slice(at).some((step) => step.kind === 'sync' && step.file === file)
}

function resized(bytes: Buffer, length: number): Buffer {
  const copy = Buffer.alloc(length)
  bytes.copy(copy)
  return copy
}
