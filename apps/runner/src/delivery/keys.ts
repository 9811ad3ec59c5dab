/** The ingest's keys: tried in order, beginning with the one that was accepted last. */
import type { KeySource } from '../key-source.ts'
import { isFailure } from '../http.ts'
import type { HttpAnswer, HttpFailure } from '../http.ts'

export type KeyRing = {
  /** Sends with one key after the other until one is not refused; the last answer when all are. */
  readonly send: (
    sendWith: (authorization: string) => Promise<HttpAnswer | HttpFailure>,
  ) => Promise<HttpAnswer | HttpFailure>
  /** Reads the keys again; throws ConfigurationError, and keeps the old ones, when they cannot be read. */
  readonly reload: () => void
}

/** A ring of the source's keys. */
export function createKeyRing(source: KeySource): KeyRing {
  let keys = source.read()
  let first = 0
  return {
    send: async (sendWith) => {
      const inOrder = [...keys.slice(first), ...keys.slice(0, first)]
      let answer: HttpAnswer | HttpFailure = { failure: 'There is no key', code: null }
      for (const key of inOrder) {
        answer = await sendWith(`Bearer ${key}`)
        if (isRefusal(answer)) continue
        if (!isFailure(answer)) first = Math.max(0, keys.indexOf(key))
        return answer
      }
      return answer
    },
    reload: () => {
      keys = source.read()
      first = 0
    },
  }
}

/** 401 the key is bad, 403 it may not do this: another key may. */
function isRefusal(answer: HttpAnswer | HttpFailure): boolean {
  return !isFailure(answer) && (answer.status === 401 || answer.status === 403)
}
