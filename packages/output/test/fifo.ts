import { spawnSync } from 'node:child_process'
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

export type Fifo = {
  readonly path: string
  /** The end to write to, which does not block. */
  readonly fd: number
  /** At most that many bytes of what waits in the pipe. */
  readonly read: (bytes: number) => string
  /** Takes the reader away. */
  readonly close: () => void
}

/** A real pipe of 64 KiB between two ends in this process, until the test ends. */
export function openFifo(): Fifo {
  const folder = mkdtempSync(join(tmpdir(), 'llmbench-fifo-'))
  const path = join(folder, 'fifo')
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
    rmSync(folder, { recursive: true })
  })
  const buffer = Buffer.alloc(1024 * 1024)
  return {
    path,
    fd,
    read: (bytes) => {
      if (reader === null) return ''
      try {
        return buffer.toString('utf8', 0, readSync(reader, buffer, 0, bytes, null))
      } catch {
        return ''
      }
    },
    close,
  }
}
