/**
 * In a network namespace of its own: one server on all its addresses, and what a measurement and a list of models come
 * to at each of the base URLs in argv, as JSON on stdout.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createMeasurer, findProvider, isErrorDocument } from '@llmbench/providers'
import { readListing } from '@llmbench/providers/listing'
import { makePlan } from '../../../../packages/providers/test/support/plans.ts'

export type AtUrl = { readonly measured: string; readonly listed: string; readonly requests: number }

let requests = 0
const server = createServer((request, response) => {
  requests += 1
  if (request.method === 'GET') {
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":[{"id":"m"}]}')
    return
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.end('data: {"choices":[{"delta":{"content":"Hi"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n')
}).listen(0, '::')
await once(server, 'listening')
const { port } = server.address() as AddressInfo

const provider = findProvider('vllm')
if (provider === undefined) throw new Error('vllm is gone')
const plan = makePlan({ provider: 'vllm', model: 'm' })
const measurer = createMeasurer()
const results: Record<string, AtUrl> = {}
for (const host of process.argv.slice(2)) {
  const environment = { VLLM_BASE_URL: `http://${host}:${port}/v1` }
  const before = requests
  const { document } = await measurer.measure(plan, provider, await provider.access(environment))
  const { fault, models } = await readListing(provider, environment)
  results[host] = {
    measured: isErrorDocument(document)
      ? `${document.phase} ${document.error_kind} ${document.exc_type}: ${document.message}`
      : String(document.outcome),
    listed: fault === null ? `${models.length} models` : `${fault.reason}: ${fault.detail}`,
    requests: requests - before,
  }
}
await measurer.close()
server.close()
server.closeAllConnections()
process.stdout.write(JSON.stringify(results))
