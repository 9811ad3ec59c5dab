/**
 * Room set aside on the disk. On a full disk SQLite cannot even delete, so the verdicts that would free space could
 * not be applied; giving the reserve back lets what is measured be committed and what is delivered be deleted.
 */
import { closeSync, fsyncSync, ftruncateSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'

export type Reserve = {
  /** Gives the room back to the disk. False when there was none left to give. */
  readonly release: () => boolean
  /** Takes the room where it is not held; says whether it is. While it is not, the disk is full or read-only. */
  readonly take: () => boolean
}

/** The reserve in a file of that many bytes; it is not taken yet. */
export function createReserve(directory: string, bytes: number): Reserve {
  const path = join(directory, 'reserve')
  let held = false
  let wasGiven = false
  return {
    release: () => {
      const wasHeld = held
      held = false
      wasGiven = wasHeld && tryTo(() => rmSync(path))
      return wasGiven
    },
    take: () => {
      // Once given back, it is only taken again where there is room for twice as much: else it would flap.
      held ||= tryTo(() => writeReserve(path, bytes, wasGiven ? bytes * 2 : bytes))
      if (!held) tryTo(() => rmSync(path, { force: true }))
      return held
    },
  }
}

/** Real bytes, not a hole: only those keep others from the room. */
function writeReserve(path: string, bytes: number, neededBytes: number): void {
  const file = openSync(path, 'w', 0o600)
  try {
    const block = Buffer.alloc(64 * 1024, 1)
    for (let written = 0; written < neededBytes; written += block.length) writeSync(file, block)
    ftruncateSync(file, bytes)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** Whether the work was done; on this disk any of it may fail. */
function tryTo(work: () => void): boolean {
  try {
    work()
    return true
  } catch {
    return false
  }
}
