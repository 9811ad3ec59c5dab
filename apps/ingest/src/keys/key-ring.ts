import { timingSafeEqual } from 'node:crypto'
import { performance } from 'node:perf_hooks'
import type { ApiKey, Store } from '../store/store.ts'

/** How old a copy of the keys may be: a key that was revoked anywhere is refused here after this long at the latest. */
const MAX_AGE_MS = 1000

export type KeyRing = {
  /** The key of this digest, also if it was revoked or has expired. Throws `StoreUnavailable` when it cannot be said. */
  readonly find: (digest: string) => Promise<ApiKey | null>
}

type Copy = { readonly keys: readonly (readonly [Buffer, ApiKey])[]; readonly at: number }

/**
 * The keys of the store, read as a whole at most once a second. A key is looked up here and not in the store, so
 * guessing costs the store nothing, however many guess.
 */
export function createKeyRing(store: Pick<Store, 'listKeys'>, maxAgeMs = MAX_AGE_MS): KeyRing {
  let copy: Copy | null = null
  let reading: Promise<Copy> | null = null

  const read = async (): Promise<Copy> => {
    // Its age counts from before the question: what was revoked meanwhile may not be in the answer.
    const at = performance.now()
    const keys = await store.listKeys()
    copy = { at, keys: keys.map((key) => [Buffer.from(key.digest, 'hex'), key] as const) }
    return copy
  }
  /** Where the store is slow a reading may have begun long before a call that meets it: then the next one counts. */
  const readSince = async (since: number): Promise<Copy> => {
    let found = copy
    while (found === null || found.at < since) {
      reading ??= read().finally(() => {
        reading = null
      })
      found = await reading
    }
    return found
  }
  return {
    find: async (digest) => {
      const { keys } = await readSince(performance.now() - maxAgeMs)
      const presented = Buffer.from(digest, 'hex')
      // Every digest is compared, match or not, so the time tells nothing.
      const same = keys.filter(
        ([known]) => known.length === presented.length && timingSafeEqual(known, presented),
      )
      return same.at(-1)?.[1] ?? null
    },
  }
}
