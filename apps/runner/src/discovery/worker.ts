/** Runs in a thread of its own for one list: what a vendor sends never lies in the heap that measures. */
import { parentPort, workerData } from 'node:worker_threads'
import type { Environment, Outbound } from '@llmbench/providers'
import { findProvider, readListing } from '@llmbench/providers/listing'
import { packReport } from './report.ts'

type WorkerData = {
  readonly slug: string
  readonly environment: Environment
  readonly runnerId: string | null
  readonly outbound: Outbound
}

const { slug, environment, runnerId, outbound } = workerData as WorkerData
const provider = findProvider(slug)
if (provider === undefined) throw new Error(`There is no provider ${slug}`)
const report = packReport(await readListing(provider, environment, { outbound }), runnerId)
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
parentPort?.postMessage(report, [report.body.buffer])
