import { MongoClient } from 'mongodb'
import { ConfigFault } from '../errors.ts'
import type { Environment } from '../variables.ts'
import type { StoreTarget } from './create-store.ts'

const DEFAULT_STORE_PATH = 'data/llmbench.sqlite'

/** Which store the environment names: what the command lines need beside the ingest. */
export function readStoreTarget(environment: Environment): StoreTarget {
  const uri = environment['MONGODB_URI']
  if (uri === undefined || uri === '') return { path: environment['STORE_PATH'] || DEFAULT_STORE_PATH }
  const shape = 'must be like mongodb://host:27017/llm-bench, the database in its path'
  if (!/^mongodb(\+srv)?:\/\/[^/]+\/[^/?]+/.test(uri)) throw new ConfigFault(`MONGODB_URI ${shape}`)
  try {
    void new MongoClient(uri)
  } catch {
    throw new ConfigFault(`MONGODB_URI ${shape}`)
  }
  return { mongodbUri: uri }
}
