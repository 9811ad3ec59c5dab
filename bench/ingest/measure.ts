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

export type Spread = { readonly median: number; readonly lowest: number; readonly highest: number }

/** The median of several measurements with the lowest and the highest beside it. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((left, right) => left - right)
  return {
    median: sorted[Math.floor(sorted.length / 2)] ?? Number.NaN,
    lowest: sorted[0] ?? Number.NaN,
    highest: sorted.at(-1) ?? Number.NaN,
  }
}
