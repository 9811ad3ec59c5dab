import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { MongoClient } from 'mongodb'
import { ConfigFault } from '../errors.ts'
import { readVariable, type Environment } from '../variables.ts'
import type { StoreTarget } from './create-store.ts'

const DEFAULT_STORE_PATH = 'data/llmbench.sqlite'

/** Which store the environment names: what the command lines need beside the ingest. Throws `ConfigFault`. */
export function readStoreTarget(environment: Environment): StoreTarget {
  const uri = readVariable(environment, 'MONGODB_URI')
  if (uri !== undefined) return { mongodbUri: checkUri(uri) }
  return { path: checkPath(readVariable(environment, 'STORE_PATH') ?? DEFAULT_STORE_PATH) }
}

const SHAPE =
  'must be like mongodb://host:27017/llm-bench, the database in its path; signs in a user name or password are written percent-encoded, / as %2F'
/** Characters that names of databases must not contain. https://www.mongodb.com/docs/manual/reference/limits/#naming-restrictions */
const NOT_IN_NAMES = /[/\\. "$*<>:|?\0]/
const MAX_NAME_BYTES = 63
const OF_THE_SERVER = new Set(['admin', 'local', 'config'])

function checkUri(uri: string): string {
  if (!/^mongodb(\+srv)?:\/\/[^/]+\/[^/?]/.test(uri)) throw new ConfigFault(`MONGODB_URI ${SHAPE}`)
  const name = databaseOf(uri)
  if (NOT_IN_NAMES.test(name) || Buffer.byteLength(name) > MAX_NAME_BYTES)
    throw new ConfigFault(`MONGODB_URI ${SHAPE}`)
  if (OF_THE_SERVER.has(name))
    throw new ConfigFault(`MONGODB_URI must name a database of its own in its path, not one of the server's`)
  return uri
}

function databaseOf(uri: string): string {
  try {
    return new MongoClient(uri).options.dbName
  } catch {
    // The driver's own message quotes the URI.
    throw new ConfigFault(`MONGODB_URI ${SHAPE}`)
  }
}

/** An absolute path: SQLite would not take ":memory:" or "file:…" as the name of a file. */
function checkPath(path: string): string {
  if (path.trim() === '') throw new ConfigFault('STORE_PATH must be the path of a file')
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true)
    throw new ConfigFault('STORE_PATH must be the path of a file, not of a folder')
  return resolve(path)
}
