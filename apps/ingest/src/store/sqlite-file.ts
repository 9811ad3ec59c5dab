import { statSync } from 'node:fs'

/** What lies beside a database and belongs to it: commits are in the `-wal` first, and `-shm` says where. */
const PARTS = ['', '-wal', '-shm'] as const

export type OpenedFile = {
  /** What is wrong with the path by now, in a sentence; null while it leads to what was opened. */
  readonly problem: () => string | null
}

/**
 * Remembers which files a path leads to, right after the database there was opened: an open file that is moved, deleted
 * or replaced goes on taking writes, and the next start finds none of them.
 */
export function rememberFile(path: string): OpenedFile {
  const opened = PARTS.map((part) => [`${path}${part}`, identityOf(`${path}${part}`)] as const).filter(
    ([, identity]) => identity !== null,
  )
  return {
    problem: () => {
      const lost = opened.find(([name, identity]) => identityOf(name) !== identity)
      if (lost === undefined) return null
      return `${lost[0]} is not the file any more that was opened: it was moved, deleted or replaced. Put it back, or start again to use what is there now`
    },
  }
}

/** Which file it is, whatever its name; null where there is none. */
function identityOf(path: string): string | null {
  try {
    const { dev, ino } = statSync(path, { bigint: true })
    return `${dev} ${ino}`
  } catch {
    return null
  }
}
