/** Runs in a thread of its own for one list: what a vendor sends never lies in the heap that measures. */
import { parentPort, workerData } from 'node:worker_threads'
import { createRegistry, readListing } from '@llmbench/providers/listing'
import type { ThreadReaderParts } from './reader.ts'
import { packReport } from './report.ts'

type WorkerData = ThreadReaderParts & { readonly slug: string }

const { slug, environment, runnerId, outbound, vendors } = workerData as WorkerData
const provider = createRegistry(vendors).find(slug)
if (provider === undefined) throw new Error(`There is no provider ${slug}`)
const report = packReport(await readListing(provider, environment, { outbound }), runnerId)
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
parentPort?.postMessage(report, [report.body.buffer])
