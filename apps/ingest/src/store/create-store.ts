import { createMongoStore } from './mongo.ts'
import { createSqliteStore } from './sqlite.ts'
import type { NoteTrouble, Store } from './store.ts'

export type StoreTarget = { readonly mongodbUri: string } | { readonly path: string }

export type StoreOptions = {
  /** How long MongoDB may take over one operation, where that is not what a request can wait for. */
  readonly operationMs?: number
  /** Told why a document was not taken. */
  readonly note?: NoteTrouble
}

/** The store that the configuration names; nothing is opened before `prepare`. */
export const createStore = (target: StoreTarget, { operationMs, note }: StoreOptions = {}): Store =>
  'mongodbUri' in target
    ? createMongoStore(target.mongodbUri, operationMs === undefined ? {} : { operationMs }, note)
    : createSqliteStore(target.path, note)
