import { createMongoStore } from './mongo.ts'
import { createSqliteStore } from './sqlite.ts'
import type { Store } from './store.ts'

export type StoreTarget = { readonly mongodbUri: string } | { readonly path: string }

/** The store that the configuration names; nothing is opened before `prepare`. */
export const createStore = (target: StoreTarget): Store =>
  'mongodbUri' in target ? createMongoStore(target.mongodbUri) : createSqliteStore(target.path)
