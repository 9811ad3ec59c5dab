import type { Contender } from './contenders.ts'
import { load, type LoadReport, type Plan } from './measure.ts'
import { spreadOf } from '../spread.ts'
import { residentMiB, type Environment } from './processes.ts'
import type { Figure } from './report.ts'

const MEMORY_STEPS = 8
const MAX_SECONDS = 600

type MemoryOptions = { readonly memoryRows: number; readonly environment: Environment }

/** Resident memory while rows are written, the first eighth being the warm-up. */
export async function watchMemory(
  contender: Contender,
  batch: Omit<Plan, 'seconds' | 'requests'>,
  { memoryRows, environment }: MemoryOptions,
): Promise<Figure> {
  const server = await contender.start()
  try {
    const resident: number[] = []
    const reports: LoadReport[] = []
    const requests = Math.ceil(memoryRows / batch.size / MEMORY_STEPS)
    for (let step = 0; step < MEMORY_STEPS; step += 1) {
      reports.push(await load(server.url, { ...batch, seconds: MAX_SECONDS, requests }, environment))
      resident.push(residentMiB(server.pid) ?? Number.NaN)
    }
    const rows = reports.reduce((sum, report) => sum + report.rows, 0)
    return {
      scenario: `resident memory over ${rows} rows`,
      contender: contender.name,
      rowsPerSecond: spreadOf(reports.map((report) => report.rowsPerSecond)),
      p50Ms: null,
      p99Ms: null,
      failed: reports.reduce((sum, report) => sum + report.failed, 0),
      note: `${resident.join(', ')} MiB`,
    }
  } finally {
    await server.stop()
  }
}
