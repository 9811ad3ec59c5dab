/**
 * Text for a pipe, a terminal or a file that may be slow, stalled or closed. It is written at once where that is
 * possible, else kept in a bounded queue and tried again. What does not fit is dropped whole and counted.
 */
import { writeSync } from 'node:fs'

/** The first pause before a descriptor that took nothing is tried again; it doubles up to the longest. */
const RETRY_MS = 25
const LONGEST_RETRY_MS = 800
const SYNC_RETRY_MS = 10
const FAILURE_PATIENCE_MS = 1000

/** The reader is gone, or there never was one. Everything else may pass: a full pipe, a full disk. */
const FOR_GOOD = new Set(['EPIPE', 'EBADF', 'EINVAL'])

export type Output = {
  /** Takes a text; false where it was dropped. It never waits and never throws. */
  readonly write: (text: string) => boolean
  /** From now on at most that many bytes wait. */
  readonly limit: (bytes: number) => void
  /** How many texts were dropped: for want of room, or because nobody can read any more. */
  readonly dropped: () => number
  /** Why the last write failed, such as ENOSPC; null where it did not, or a reader is only slow. */
  readonly failure: () => string | null
  /**
   * Waits until everything is written, or until nothing was taken for so long; a second where that is no reader's doing.
   * Resolves with whether everything was written.
   */
  readonly flush: (patienceMs: number) => Promise<boolean>
  /** The same for a process that ends now: it blocks, at most for so long in all. */
  readonly flushSync: (limitMs: number) => boolean
}

export type OutputOptions = {
  readonly fd: number
  /** Bytes that may wait; infinite where nothing may be lost. */
  readonly limitBytes: number
  /**
   * Called when writing goes on after texts were dropped, with how many: what it returns is written in their place. Null
   * where nobody can be told yet: then it is called again.
   */
  readonly resumed: (dropped: number) => string | null
}

/** An output to that descriptor. */
export function createOutput({ fd, limitBytes: initialBytes, resumed }: OutputOptions): Output {
  let limitBytes = initialBytes
  let queue: Buffer[] = []
  let queuedBytes = 0
  let isClosed = false
  let dropped = 0
  let untold = 0
  let isDropping = false
  let takenBytes = 0
  let failure: string | null = null
  let retryMs = RETRY_MS
  let timer: NodeJS.Timeout | null = null

  function write(text: string): boolean {
    const bytes = Buffer.from(text)
    // Once texts are dropped all are, until the queue is empty: what is missing is then one gap, and told where it is.
    isDropping ||= queuedBytes > 0 && queuedBytes + bytes.length > limitBytes
    if (isClosed || isDropping) {
      dropped += 1
      untold += 1
      return false
    }
    enqueue(bytes)
    // Behind others it waits for the timer.
    if (queue.length === 1) pump()
    return true
  }

  function enqueue(bytes: Buffer): void {
    queue.push(bytes)
    queuedBytes += bytes.length
  }

  /** Writes what the descriptor takes, and comes back for the rest. */
  function pump(): void {
    if (timer !== null) clearTimeout(timer)
    const before = takenBytes
    drain()
    retryMs = takenBytes === before ? Math.min(LONGEST_RETRY_MS, retryMs * 2) : RETRY_MS
    timer = queue.length === 0 ? null : setTimeout(pump, retryMs).unref()
  }

  function drain(): void {
    while (queue.length > 0) {
      const [first] = queue
      if (first === undefined) return
      const written = attempt(first)
      if (written === null) return
      takenBytes += written
      queuedBytes -= written
      if (written < first.length) queue[0] = first.subarray(written)
      else queue.shift()
      if (queue.length === 0) resume()
    }
  }

  function resume(): void {
    isDropping = false
    if (untold === 0) return
    const text = resumed(untold)
    if (text === null) return
    untold = 0
    if (text !== '') enqueue(Buffer.from(text))
  }

  /** How many bytes were taken, or null: nothing for now, or nothing ever again. */
  function attempt(bytes: Buffer): number | null {
    try {
      const written = writeSync(fd, bytes)
      failure = null
      return written
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
      failure = code === 'EAGAIN' ? null : code
      if (FOR_GOOD.has(code)) close()
      return null
    }
  }

  function close(): void {
    isClosed = true
    dropped += queue.length
    queue = []
    queuedBytes = 0
  }

  return {
    write,
    limit: (bytes) => {
      limitBytes = bytes
    },
    dropped: () => dropped,
    failure: () => failure,
    flush: async (patienceMs) => {
      let seenBytes = takenBytes
      let sinceMs = performance.now()
      for (;;) {
        drain()
        if (queue.length === 0) return !isClosed
        const isTaken = takenBytes !== seenBytes
        if (isTaken) {
          seenBytes = takenBytes
          sinceMs = performance.now()
        }
        const patience = failure === null ? patienceMs : Math.min(patienceMs, FAILURE_PATIENCE_MS)
        if (performance.now() - sinceMs >= patience) return false
        // A reader that keeps up empties the pipe within a millisecond.
        await new Promise((resolve) => setTimeout(resolve, isTaken ? 1 : RETRY_MS))
      }
    },
    flushSync: (limitMs) => {
      const endMs = performance.now() + limitMs
      const never = new Int32Array(new SharedArrayBuffer(4))
      for (;;) {
        drain()
        if (queue.length === 0) return !isClosed
        if (performance.now() >= endMs) return false
        Atomics.wait(never, 0, 0, SYNC_RETRY_MS)
      }
    },
  }
}
