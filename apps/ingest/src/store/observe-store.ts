import type { Store } from './store.ts'

/** Runs an operation of the store and notes how it went. */
export type StoreObserver = <Result>(operation: string, work: () => Promise<Result>) => Promise<Result>

/** What says nothing about how fast the store is. */
const NOT_OBSERVED: ReadonlySet<string> = new Set([
  'kind',
  'prepare',
  'isPrepared',
  'close',
  'retention',
  'catalogueVersion',
])

/** The same store, each of its operations seen by `observe`. */
export function observeStore(store: Store, observe: StoreObserver): Store {
  const methods = Object.entries(store).map(([name, method]) => {
    if (NOT_OBSERVED.has(name)) return [name, method]
    const work = method as (...values: unknown[]) => Promise<unknown>
    return [name, (...values: unknown[]) => observe(name, () => work(...values))]
  })
  return Object.fromEntries(methods) as Store
}
