/** Reads one list in a thread that ends with it, whatever it does. */
import { Worker } from 'node:worker_threads'
import type { Environment, Outbound, VendorEntry } from '@llmbench/providers'
import type { PackedReport } from './report.ts'

/** The list's own deadline is 20 s; the rest is for the thread to start and to pack. */
const THREAD_DEADLINE_MS = 25_000
const RESOURCE_LIMITS = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 16 }

export type ThreadReaderParts = {
  readonly environment: Environment
  readonly runnerId: string | null
  readonly outbound: Outbound
  /** The vendors that are not built in. */
  readonly vendors: readonly VendorEntry[]
}

export type ReadList = (slug: string, signal: AbortSignal) => Promise<PackedReport>

/** A reader for reports in that runner's name. It rejects when the signal aborts, the deadline passes or the thread fails. */
export function createThreadReader({ environment, ...parts }: ThreadReaderParts): ReadList {
  return async (slug, signal) => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: { slug, environment: { ...environment }, ...parts },
      resourceLimits: RESOURCE_LIMITS,
      // Node reads the sources itself; the main thread's loader would only cost time here.
      execArgv: [],
    })
    const deadline = AbortSignal.timeout(THREAD_DEADLINE_MS)
    const cut = AbortSignal.any([signal, deadline])
    try {
      return await Promise.race([outcomeOf(worker), cutBy(cut, deadline)])
    } finally {
      await worker.terminate()
    }
  }
}

function outcomeOf(worker: Worker): Promise<PackedReport> {
  return new Promise((resolve, reject) => {
    worker.once('message', resolve)
    worker.on('error', reject)
    worker.once('exit', () => reject(new Error('The thread ended without a list')))
  })
}

function cutBy(cut: AbortSignal, deadline: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const seconds = THREAD_DEADLINE_MS / 1000
    const end = (): void =>
      reject(
        new Error(
          deadline.aborted
            ? `The list was not read within the deadline of ${seconds} s`
            : 'The reading was stopped',
        ),
      )
    if (cut.aborted) end()
    else cut.addEventListener('abort', end, { once: true })
  })
}
