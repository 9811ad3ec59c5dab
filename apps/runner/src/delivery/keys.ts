/** The ingest's keys: the first that works is used until it is refused. */
import type { KeySource } from '../config.ts'

export type KeyRing = {
  readonly current: () => string
  /** Turns to the next key after `refused` was; false when every key has been refused in a row. */
  readonly turn: (refused: string) => boolean
  /** The current key was accepted. */
  readonly accept: () => void
  /** Reads the keys again; throws ConfigurationError, and keeps the old ones, when they cannot be read. */
  readonly reload: () => void
  /** Every key in use, for striking them out of logs. */
  readonly all: () => readonly string[]
}

/** A ring of the source's keys. */
export function createKeyRing(source: KeySource): KeyRing {
  let keys = source.read()
  let index = 0
  let refusals = 0
  return {
    current: () => keys[index % keys.length] ?? '',
    turn: (refused) => {
      // A concurrent request may have turned the ring already.
      if (refused !== keys[index % keys.length]) return true
      index = (index + 1) % keys.length
      refusals += 1
      const someLeft = refusals < keys.length
      if (!someLeft) refusals = 0
      return someLeft
    },
    accept: () => {
      refusals = 0
    },
    reload: () => {
      keys = source.read()
      index = 0
      refusals = 0
    },
    all: () => keys,
  }
}
