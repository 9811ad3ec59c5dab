import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

type Answer = (url: URL, region: string) => { status: number; body: unknown } | null

/** A server on loopback that stands in for Bedrock's control plane; `null` never answers. */
export async function startBedrock(answer: Answer): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = []
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '/', 'http://loopback')
    const region = /Credential=[^/]+\/\d+\/([^/]+)\//.exec(request.headers.authorization ?? '')?.[1] ?? ''
    asked.push(`${region} ${url.pathname}${url.search}`)
    const answered = answer(url, region)
    if (answered === null) return
    response.writeHead(answered.status, { 'content-type': 'application/json' })
    response.end(JSON.stringify(answered.body))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}

/** A foundation model as the listing of an account has it. */
export const summary = (modelId: string, changes: Record<string, unknown> = {}) => ({
  modelArn: `arn:aws:bedrock:us-east-1::foundation-model/${modelId}`,
  modelId,
  modelName: modelId,
  providerName: modelId.split('.')[0],
  inputModalities: ['TEXT'],
  outputModalities: ['TEXT'],
  responseStreamingSupported: true,
  customizationsSupported: [],
  inferenceTypesSupported: ['ON_DEMAND'],
  modelLifecycle: { status: 'ACTIVE' },
  ...changes,
})

/** An inference profile as the listing of an account has it. */
export const profile = (inferenceProfileId: string, changes: Record<string, unknown> = {}) => ({
  inferenceProfileName: inferenceProfileId,
  inferenceProfileId,
  inferenceProfileArn: `arn:aws:bedrock:us-east-1:123456789012:inference-profile/${inferenceProfileId}`,
  models: [
    {
      modelArn: `arn:aws:bedrock:us-east-1::foundation-model/${inferenceProfileId.replace(/^[a-z-]+\./, '')}`,
    },
  ],
  status: 'ACTIVE',
  type: 'SYSTEM_DEFINED',
  ...changes,
})

const PAGE = 2

/** One page of profiles of the type that is asked for, and where the next one begins. */
export function pageOf(profiles: readonly ReturnType<typeof profile>[], url: URL) {
  const wanted = profiles.filter(({ type }) => type === url.searchParams.get('type'))
  const from = Number(url.searchParams.get('nextToken') ?? 0)
  const next = from + PAGE < wanted.length ? { nextToken: String(from + PAGE) } : {}
  return { inferenceProfileSummaries: wanted.slice(from, from + PAGE), ...next }
}
