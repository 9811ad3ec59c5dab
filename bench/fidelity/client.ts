/** One client process of the fidelity benchmark: PEER ADDRESS MODEL STREAMS GAP_MS. Prints one ClientReport. */
import { readFileSync } from 'node:fs'
import { setTimeout as later } from 'node:timers/promises'
import type { ClientReport } from './fidelity.ts'
import type { PeerName } from './peers.ts'

type Stream = ClientReport['streams'][number]
/** Streams the model once and says when each text delta came. */
type Reader = { readonly stream: () => Promise<Stream>; readonly close: () => Promise<void> }

const [peer, address, model, streams, gapMs] = process.argv.slice(2) as [PeerName, string, string, string, string]

const requestBody = { model, messages: [{ role: 'user' as const, content: 'Tell a story.' }], stream: true as const }

const reader = await createReader(peer)
const width = Number(streams)
// Spread over one gap, so that the writes of the streams do not all fall into one moment.
const report = await Promise.all(
  Array.from({ length: width }, async (_, index) => {
    await later((index * Number(gapMs)) / width)
    return reader.stream()
  }),
)
await reader.close()
const { user, system } = process.cpuUsage()
const printed: ClientReport = { streams: report, maxRssMiB: peakRssMiB(), cpuMs: (user + system) / 1000 }
process.stdout.write(JSON.stringify(printed))

async function createReader(name: PeerName): Promise<Reader> {
  switch (name) {
    case 'llmbench':
      return createOurReader()
    case 'fetch':
      return { stream: streamWithFetch, close: () => Promise.resolve() }
    case 'openai-sdk':
      return createSdkReader()
  }
}

/** The published numbers themselves, turned back into moments: what is judged is what would be stored. */
async function createOurReader(): Promise<Reader> {
  const { createMeasurer, findProfile, findProvider, isErrorDocument, textStampsOf } = await import('@llmbench/providers')
  const provider = findProvider('groq')
  const profile = findProfile('cloud-default-v1')
  if (provider === undefined || profile === undefined) throw new Error('The registry lacks what this benchmark runs')
  const access = await provider.access({ GROQ_BASE_URL: `${address}/openai/v1`, GROQ_API_KEY: 'benchmark-key' })
  const measurer = createMeasurer()
  let runs = 0
  const plan = () => ({
    resultId: `benchmark-${(runs += 1)}`,
    attemptGroup: `benchmark-${runs}`,
    provider: 'groq',
    model,
    requestMode: 'chat_completions_stream' as const,
    profile,
    metadata: {},
    attempt: 1,
    scheduledAt: null,
    region: null,
    runnerVersion: 'bench',
  })
  return {
    stream: async () => {
      const { document, tape } = await measurer.measure(plan(), provider, access)
      if (isErrorDocument(document)) throw new Error(document.message)
      const stampsNs = textStampsOf(document, tape).map(String)
      return { requestId: document.request_id ?? '', stampsNs, tainted: (document.quality?.tainted.length ?? 0) > 0 }
    },
    close: () => measurer.close(),
  }
}

/** What most people write: read, decode, split, parse, look, in one loop. */
async function streamWithFetch(): Promise<Stream> {
  const response = await fetch(`${address}/openai/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer benchmark-key' },
    body: JSON.stringify(requestBody),
  })
  const stampsNs: string[] = []
  const decoder = new TextDecoder()
  let pending = ''
  for await (const bytes of response.body ?? []) {
    pending += decoder.decode(bytes as Uint8Array, { stream: true })
    const events = pending.split('\n\n')
    pending = events.pop() ?? ''
    for (const event of events) {
      const data = event.replace(/^data: /, '')
      if (data === '[DONE]') continue
      const chunk = JSON.parse(data) as { choices: { delta?: { content?: string } }[] }
      if (chunk.choices[0]?.delta?.content) stampsNs.push(String(process.hrtime.bigint()))
    }
  }
  return { requestId: response.headers.get('x-request-id') ?? '', stampsNs, tainted: false }
}

async function createSdkReader(): Promise<Reader> {
  const { OpenAI } = await import('openai')
  const client = new OpenAI({ apiKey: 'benchmark-key', baseURL: `${address}/openai/v1`, maxRetries: 0 })
  return {
    stream: async () => {
      const { data, response } = await client.chat.completions.create(requestBody).withResponse()
      const stampsNs: string[] = []
      for await (const chunk of data) {
        if (chunk.choices[0]?.delta.content) stampsNs.push(String(process.hrtime.bigint()))
      }
      return { requestId: response.headers.get('x-request-id') ?? '', stampsNs, tainted: false }
    },
    close: () => Promise.resolve(),
  }
}

/** The most memory the process ever had resident, as the kernel counted it. */
function peakRssMiB(): number {
  const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
  return peak === undefined ? Number.NaN : Number(peak) / 1024
}
