import { createMongoStore } from './mongo.ts'
import { createSqliteStore } from './sqlite.ts'
import type { NoteTrouble, Store } from './store.ts'

export type StoreTarget = { readonly mongodbUri: string } | { readonly path: string }

export type StoreOptions = {
  /** MongoDB's deadline for one operation, where it differs from that of a request. */
  readonly operationMs?: number
  /** Called with the cause where a document was not stored. */
  readonly note?: NoteTrouble
}

/** The store that the configuration names; nothing is opened before `prepare`. */
export const createStore = (target: StoreTarget, { operationMs, note }: StoreOptions = {}): Store =>
  'mongodbUri' in target
    ? createMongoStore(target.mongodbUri, operationMs === undefined ? {} : { operationMs }, note)
    : createSqliteStore(target.path, note)
