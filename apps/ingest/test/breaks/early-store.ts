import { createStore as createReal } from '../../src/store/create-store.ts'
import type { StoreTarget } from '../../src/store/create-store.ts'
import type { Store } from '../../src/store/store.ts'

export * from '../../src/store/create-store.ts'

const LATE_MS = 4000

/** Takes the place of the real function of that name: "created" comes four seconds before the write. */
export function createStore(target: StoreTarget): Store {
  const real = createReal(target)
  return {
    ...real,
    writeResults: async (rows) => {
      setTimeout(() => void real.writeResults(rows).catch(() => undefined), LATE_MS)
      return await Promise.resolve(rows.map(() => 'created' as const))
    },
  }
}
