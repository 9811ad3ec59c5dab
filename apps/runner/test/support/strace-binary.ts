import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { unpackDebian } from './debian.ts'

/** Where strace lies, and the folder of libraries that it needs beside the system's; null for none. */
export type Strace = { readonly binary: string; readonly libraries: string | null }

/**
 * The strace on the PATH, or one out of Debian's packages, unpacked in the cache folder; nothing is installed and no root
 * is needed. Throws one sentence where none can be had or none may watch a process: the tests that need it fail by it,
 * they are never skipped.
 */
export function findStrace(path: string): Strace {
  const folder = path.split(delimiter).find((one) => existsSync(join(one, 'strace')))
  const strace = folder === undefined ? fromDebian() : { binary: join(folder, 'strace'), libraries: null }
  const { status, stderr } = spawnSync(strace.binary, ['-o', '/dev/null', '/bin/true'], environmentOf(strace))
  if (status !== 0) {
    throw new Error(`strace may not watch a process here, ptrace is needed: ${String(stderr).trim()}`)
  }
  return strace
}

/** What a process that runs strace needs of its environment. */
export function environmentOf({ libraries }: Strace): { readonly env: Record<string, string> } {
  return { env: libraries === null ? {} : { LD_LIBRARY_PATH: libraries } }
}

function fromDebian(): Strace {
  try {
    const folder = unpackDebian('strace', ['strace', 'libunwind8'])
    const libraries = join(folder, 'usr', 'lib')
    const [machine = ''] = readdirSync(libraries)
    return { binary: join(folder, 'usr', 'bin', 'strace'), libraries: join(libraries, machine) }
  } catch (error) {
    throw new Error('These tests need strace: install it (apt-get install strace, dnf install strace)', {
      cause: error,
    })
  }
}
