import { spawnSync } from 'node:child_process'
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { temporaryFolder } from './folders.ts'

export type StalledPipe = {
  /** The end for a child to write to. */
  readonly fd: number
  /** What waits in the pipe, at most so many bytes of it; nothing of what filled it. */
  readonly read: (bytes?: number) => string
  /** Takes the reader away. */
  readonly close: () => void
}

/** A real pipe that nobody reads and that is full from the beginning. */
export function openStalledPipe(): StalledPipe {
  const path = join(temporaryFolder(), 'pipe')
  spawnSync('mkfifo', [path])
  let reader: number | null = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  const fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK)
  const close = (): void => {
    if (reader !== null) closeSync(reader)
    reader = null
  }
  onTestFinished(() => {
    close()
    closeSync(fd)
  })
  let filling = 0
  const filler = Buffer.alloc(4096)
  try {
    for (;;) filling += writeSync(fd, filler)
  } catch {
    // EAGAIN: it is full.
  }
  const buffer = Buffer.alloc(64 * 1024)
  return {
    fd,
    close,
    read: (bytes = buffer.length) => {
      if (reader === null) return ''
      let count = 0
      try {
        count = readSync(reader, buffer, 0, Math.min(bytes, buffer.length), null)
      } catch {
        return ''
      }
      const skipped = Math.min(filling, count)
      filling -= skipped
      return buffer.toString('utf8', skipped, count)
    },
  }
}
