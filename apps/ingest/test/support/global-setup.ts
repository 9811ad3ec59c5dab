import type { TestProject } from 'vitest/node'
import { startMongod, type Mongod } from './mongod.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** A real MongoDB for the whole run; each test uses a database of its own on it. */
    mongodbUri: string | null
    /** Why there is none. */
    mongodbFault: string | null
  }
}

/** One mongod for a whole run of the suite. Where none can be had only the tests that need it fail, with the reason. */
export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  // oxlint-disable-next-line node/no-process-env -- the edge of the test process, as main.ts is of the service's
  const { MONGODB_URI: given, PATH: path } = process.env
  project.provide('mongodbFault', null)
  if (given) {
    project.provide('mongodbUri', given)
    return undefined
  }
  const mongod = await startMongod({ path: path ?? '' }).catch((error: Error): Error => error)
  if (mongod instanceof Error) {
    project.provide('mongodbUri', null)
    project.provide('mongodbFault', `${mongod.message} (${String(mongod.cause)})`)
    return undefined
  }
  project.provide('mongodbUri', mongod.uri)
  return () => (mongod satisfies Mongod).stop()
}
