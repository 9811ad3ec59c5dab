import { createMongoStore } from './mongo.ts'
import { createSqliteStore } from './sqlite.ts'
import type { Store } from './store.ts'

export type StoreTarget = { readonly mongodbUri: string } | { readonly path: string }

/**
 * The store that the configuration names; nothing is opened before `prepare`. `operationMs`: how long MongoDB may take
 * over one operation, where that is not what a request can wait for.
 */
export const createStore = (target: StoreTarget, timeouts?: { readonly operationMs: number }): Store =>
  'mongodbUri' in target ? createMongoStore(target.mongodbUri, timeouts) : createSqliteStore(target.path)
