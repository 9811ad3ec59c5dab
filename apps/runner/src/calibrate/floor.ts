/** Keeps measurements and what would disturb them apart: many may measure at once, anything else has the floor alone. */
import { pause } from '../clock.ts'

export type Floor = {
  /** Resolves with the way out once nobody has the floor alone; null when the signal aborts before. Never rejects. */
  readonly enter: (signal: AbortSignal) => Promise<(() => void) | null>
  /** How many are in. */
  readonly inside: () => number
  /**
   * Lets nobody in any more, and resolves with the way out once all have left; null when the signal aborts before,
   * and then everybody may enter again. Who comes second waits for the first to leave. Never rejects.
   */
  readonly takeAlone: (signal: AbortSignal) => Promise<(() => void) | null>
}

/** An empty floor. */
export function createFloor(): Floor {
  let inside = 0
  let gate: PromiseWithResolvers<void> | null = null
  let emptied: (() => void) | null = null

  const leave = (): void => {
    inside -= 1
    if (inside === 0) emptied?.()
  }
  const open = (): void => {
    gate?.resolve()
    gate = null
  }

  return {
    enter: async (signal) => {
      for (let shut = gate; shut !== null && !signal.aborted; shut = gate) {
        await settledOrAborted(shut.promise, signal)
      }
      if (signal.aborted) return null
      inside += 1
      return leave
    },
    inside: () => inside,
    takeAlone: async (signal) => {
      for (let shut = gate; shut !== null && !signal.aborted; shut = gate) {
        await settledOrAborted(shut.promise, signal)
      }
      if (signal.aborted) return null
      gate = Promise.withResolvers()
      if (inside > 0) {
        const { promise, resolve } = Promise.withResolvers<void>()
        emptied = resolve
        await settledOrAborted(promise, signal)
        emptied = null
      }
      if (!signal.aborted) return open
      open()
      return null
    },
  }
}

/** Resolves with whichever comes first; never rejects. */
export async function settledOrAborted(work: Promise<unknown>, signal: AbortSignal): Promise<void> {
  const done = new AbortController()
  const settled = work.then(
    () => undefined,
    () => undefined,
  )
  await Promise.race([settled, forever(AbortSignal.any([signal, done.signal]))])
  done.abort()
}

async function forever(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) await pause(Infinity, signal)
}
