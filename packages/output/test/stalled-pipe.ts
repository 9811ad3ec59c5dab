import { writeSync } from 'node:fs'
import { openFifo } from './fifo.ts'
import type { Fifo } from './fifo.ts'

const PIPE_BYTES = 64 * 1024

export type StalledPipe = Pick<Fifo, 'fd' | 'close'> & {
  /** What waits in the pipe, at most so many bytes of it; nothing of what filled it. */
  readonly read: (bytes?: number) => string
}

/** A real pipe that nobody reads and that is full from the beginning. */
export function openStalledPipe(): StalledPipe {
  const fifo = openFifo()
  const filler = Buffer.alloc(4096)
  try {
    for (;;) writeSync(fifo.fd, filler)
  } catch {
    // EAGAIN: it is full.
  }
  return { ...fifo, read: (bytes = PIPE_BYTES) => fifo.read(bytes).replaceAll('\0', '') }
}
