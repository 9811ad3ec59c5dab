import { statSync } from 'node:fs'

/** The files of a database: commits are in the `-wal` first, and `-shm` is its index. */
const PARTS = ['', '-wal', '-shm'] as const

export type OpenedFile = {
  /** A sentence where the path no longer leads to the opened files; null while it does. */
  readonly problem: () => string | null
}

/**
 * Remembers the files at a path, right after the database was opened. SQLite keeps writing to an open file that was
 * moved, deleted or replaced, and the next start would not find those writes.
 */
export function rememberFile(path: string): OpenedFile {
  const opened = PARTS.map((part) => [`${path}${part}`, identityOf(`${path}${part}`)] as const).filter(
    ([, identity]) => identity !== null,
  )
  return {
    problem: () => {
      const lost = opened.find(([name, identity]) => identityOf(name) !== identity)
      if (lost === undefined) return null
      return `${lost[0]} was moved, deleted or replaced while it was open. Put it back, or restart to use the file that is there now`
    },
  }
}

/** Device and inode; null where there is no file. */
function identityOf(path: string): string | null {
  try {
    const { dev, ino } = statSync(path, { bigint: true })
    return `${dev} ${ino}`
  } catch {
    return null
  }
}
