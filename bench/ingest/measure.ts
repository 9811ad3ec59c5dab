import { KEY } from './contenders.ts'
import type { LoadPlan, LoadReport } from './load.ts'
import { runForJson, type Environment } from './processes.ts'

export type { LoadReport } from './load.ts'

const file = (name: string): string => new URL(name, import.meta.url).pathname

/** A load without the server that it is for. */
export type Plan = Omit<LoadPlan, 'url' | 'key'>

/** Puts a load on a server from a process of its own. */
export const load = (url: string, plan: Plan, environment: Environment): Promise<LoadReport> =>
  runForJson([process.execPath, file('load.ts'), JSON.stringify({ ...plan, url, key: KEY })], environment)

/** Rows a second that the driver alone inserts. */
export const loadDriver = (
  uri: string,
  { seconds, size, inFlight }: { seconds: number; size: number; inFlight: number },
  environment: Environment,
): Promise<{ rowsPerSecond: number }> =>
  runForJson(
    [process.execPath, file('raw-driver.ts'), uri, String(seconds), String(size), String(inFlight)],
    environment,
  )
