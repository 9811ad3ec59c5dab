import { createMeasurer, findProfile, findProvider, isErrorDocument, textStampsOf } from '@llmbench/providers'
import type { Plan } from '@llmbench/providers'
import { KEY } from '../reader.ts'
import type { Reader, Target } from '../reader.ts'

/** This project: the published numbers themselves, turned back into moments. */
export async function createReader({ address }: Target): Promise<Reader> {
  const provider = findProvider('groq')
  const profile = findProfile('cloud-default-v1')
  if (provider === undefined || profile === undefined)
    throw new Error('The registry lacks what this benchmark runs')
  const access = await provider.access({ GROQ_BASE_URL: `${address}/openai/v1`, GROQ_API_KEY: KEY })
  const measurer = createMeasurer()
  let runs = 0
  const plan = (model: string): Plan => ({
    resultId: `benchmark-${(runs += 1)}`,
    attemptGroup: `benchmark-${runs}`,
    provider: 'groq',
    model,
    requestMode: 'chat_completions_stream',
    profile,
    metadata: {},
    attempt: 1,
    scheduledAt: null,
    region: null,
    runnerVersion: 'bench',
  })
  return {
    stream: async (model) => {
      const { document, tape } = await measurer.measure(plan(model), provider, access)
      if (isErrorDocument(document)) throw new Error(document.message)
      const tainted = (document.quality?.tainted.length ?? 0) > 0
      return {
        requestId: document.request_id ?? '',
        stampsNs: textStampsOf(document, tape).map(String),
        tainted,
      }
    },
    close: () => measurer.close(),
  }
}
